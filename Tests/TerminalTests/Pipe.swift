import Foundation

/// A pipe that the test reads from.
final class Pipe {
  let writing: Int32
  private var reading: Int32

  init() {
    var ends: [Int32] = [0, 0]
    precondition(pipe(&ends) == 0)
    (reading, writing) = (ends[0], ends[1])
    // Closing the reading end must not end the test.
    signal(SIGPIPE, SIG_IGN)
  }

  deinit {
    closeReader()
    close(writing)
  }

  func closeReader() {
    if reading >= 0 { close(reading) }
    reading = -1
  }

  /// Fills the pipe.
  ///
  /// - Returns: the number of bytes that were written.
  func fill() -> Int {
    let flags = fcntl(writing, F_GETFL)
    _ = fcntl(writing, F_SETFL, flags | O_NONBLOCK)
    defer { _ = fcntl(writing, F_SETFL, flags) }
    let zeros = [UInt8](repeating: 0, count: 4096)
    var count = 0
    while case let written = write(writing, zeros, zeros.count), written > 0 { count += written }
    return count
  }

  /// Reads exactly `count` bytes, and waits for them as long as necessary.
  func read(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count < count {
      let got = Foundation.read(reading, &buffer, min(buffer.count, count - bytes.count))
      guard got > 0 else { break }
      bytes += buffer[..<got]
    }
    return bytes
  }

  /// Reads text up to and including `end`.
  func text(upTo end: String) -> String {
    var bytes: [UInt8] = []
    while !bytes.suffix(end.utf8.count).elementsEqual(end.utf8) {
      let next = read(1)
      guard !next.isEmpty else { break }
      bytes += next
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
