import Glibc

/// The lines of a text one after the other, in the memory of a piece of it and the longest line.
///
/// ```swift
/// var lines = LineReader { try file.read(into: $0) }
/// while let line = try lines.next() { … }
/// ```
package struct LineReader<Failure: Error>: ~Copyable {
  /// The number of the line that `next` returned last, from 1; 0 before the first.
  package private(set) var number = 0

  private let read: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
  private let limit: Int
  private let tooLong: (_ number: Int) throws(Failure) -> Void
  private var buffer: UnsafeMutableRawBufferPointer
  /// What has been read and not been returned.
  private var held = 0..<0
  /// How much of it is known to have no line feed.
  private var searched = 0
  private var isAtEnd = false

  private static var piece: Int { 1 << 20 }

  /// - Parameters:
  ///   - limit: the most bytes that a line may have.
  ///   - tooLong: called with the number of a line that has more, before `next` returns it.
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

  /// The next line, without its line feed, until the next call; nil after the last.
  ///
  /// Text after the last line feed is a line too.
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

  /// Moves what is held to the beginning of the buffer, which grows where a line fills half of it.
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
