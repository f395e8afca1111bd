import Foundation
import Wording

/// Reads a text file, or a pipe, line by line in the memory of a few lines.
struct LineReader: ~Copyable {
  /// The longest line, in bytes; no label needs as many.
  static let longestLine = 1 << 16
  private static let chunk = 1 << 20

  private let path: String
  private let file: InputFile

  /// - Throws: a failure with `cannotRead` that names the file.
  init(_ path: String) throws(Failure) {
    self.path = path
    file = try InputFile(path)
  }

  /// Calls `body` with each line, without its end, and with its number, from 1.
  ///
  /// A line ends with a line feed, which a carriage return may precede.
  func forEachLine(
    _ body: (UnsafeRawBufferPointer, _ number: Int) throws(Failure) -> Void
  ) throws(Failure) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.longestLine + Self.chunk, alignment: 1)
    defer { buffer.deallocate() }
    var (held, number) = (0, 0)
    while true {
      let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[held...]))
      let filled = UnsafeRawBufferPointer(rebasing: buffer[..<(held + count)])
      var start = 0
      while let end = lineFeed(in: filled, from: start) {
        number += 1
        try body(line(filled[start..<end]), number)
        start = end + 1
      }
      if count == 0 {
        if start < filled.count { try body(line(filled[start...]), number + 1) }
        return
      }
      held = filled.count - start
      guard held <= Self.longestLine else {
        throw Failure(
          "\(path.printable): line \(number + 1): has more than \(Self.longestLine) bytes; "
            + "give each image a line of its own",
          status: .badData)
      }
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: filled[start...]))
    }
  }

  private func lineFeed(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    guard start < bytes.count, let base = bytes.baseAddress,
      let found = memchr(base + start, 0x0A, bytes.count - start)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  private func line(_ bytes: Slice<UnsafeRawBufferPointer>) -> UnsafeRawBufferPointer {
    let line = UnsafeRawBufferPointer(rebasing: bytes)
    return line.last == 0x0D ? UnsafeRawBufferPointer(rebasing: line[..<(line.count - 1)]) : line
  }
}
