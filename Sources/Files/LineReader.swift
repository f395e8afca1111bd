import Glibc

/// Reads a text line by line. Memory is bounded by the size of a piece and of the longest line.
///
/// ```swift
/// var lines = LineReader { try file.read(into: $0) }
/// while let line = try lines.next() { … }
/// ```
package struct LineReader<Failure: Error>: ~Copyable {
  /// The number of the line that `next` returned last, from 1. 0 before the first line.
  package private(set) var number = 0

  private let read: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
  private let limit: Int
  private let tooLong: (_ number: Int) throws(Failure) -> Void
  private var buffer: UnsafeMutableRawBufferPointer
  /// The range of the bytes that have been read and not yet returned.
  private var held = 0..<0
  /// The number of these bytes that are known to contain no line feed.
  private var searched = 0
  private var isAtEnd = false

  private static var piece: Int { 1 << 20 }

  /// - Parameters:
  ///   - limit: the largest number of bytes in a line.
  ///   - tooLong: called with the number of a longer line, before `next` returns it.
  ///   - read: reads the next bytes of the text into a buffer, and returns their number, which is 0
  ///     at the end.
  package init(
    limit: Int = .max, tooLong: @escaping (_ number: Int) throws(Failure) -> Void = { _ in },
    read: @escaping (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
  ) {
    self.read = read
    self.limit = limit
    self.tooLong = tooLong
    buffer = .allocate(byteCount: Self.piece, alignment: 1)
  }

  deinit { buffer.deallocate() }

  /// Returns the next line without its line feed, or `nil` after the last. It is valid until the
  /// next call.
  ///
  /// Text after the last line feed is also a line.
  package mutating func next() throws(Failure) -> UnsafeRawBufferPointer? {
    while true {
      if let end = lineFeed() { return line(upTo: end, next: end + 1) }
      if isAtEnd { return held.isEmpty ? nil : line(upTo: held.upperBound, next: held.upperBound) }
      if held.count > limit { try tooLong(number + 1) }
      makeRoom()
      let count = try read(UnsafeMutableRawBufferPointer(rebasing: buffer[held.upperBound...]))
      isAtEnd = count == 0
      held = held.lowerBound..<held.upperBound + count
    }
  }

  private mutating func line(upTo end: Int, next: Int) -> UnsafeRawBufferPointer {
    let line = UnsafeRawBufferPointer(rebasing: buffer[held.lowerBound..<end])
    held = next..<held.upperBound
    searched = 0
    number += 1
    return line
  }

  private mutating func lineFeed() -> Int? {
    let start = held.lowerBound + searched
    searched = held.count
    guard start < held.upperBound, let base = buffer.baseAddress,
      let found = memchr(base + start, 0x0A, held.upperBound - start)
    else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  /// Moves the held bytes to the beginning of the buffer. If they fill more than half of it, the
  /// buffer grows instead.
  private mutating func makeRoom() {
    if held.count > buffer.count / 2 {
      let larger = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 2 * buffer.count, alignment: 1)
      larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[held]))
      buffer.deallocate()
      buffer = larger
    } else if held.lowerBound > 0 {
      memmove(buffer.baseAddress!, buffer.baseAddress! + held.lowerBound, held.count)
    }
    held = 0..<held.count
  }
}
