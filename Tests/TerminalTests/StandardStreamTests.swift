import Foundation
import Terminal
import Testing

@Suite("Standard streams") struct StandardStreamTests {
  private let pipe = Pipe()

  private struct NoThread: Error {}

  private static let noThread: StandardStream.Start = { _ in throw NoThread() }

  /// Returns a stream on `descriptor`, with or without its own thread.
  private func stream(
    _ descriptor: Int32, limit: Int = .max, hasThread: Bool
  ) -> StandardStream {
    hasThread
      ? StandardStream(descriptor, limit: limit)
      : StandardStream(descriptor, limit: limit, start: Self.noThread)
  }

  private var soon: Date { Date(timeIntervalSinceNow: 0.05) }

  @Test(arguments: [true, false])
  func `text arrives in order, and flushing waits for it`(hasThread: Bool) {
    let stream = stream(pipe.writing, hasThread: hasThread)
    let lines = (0..<500).map { "line \($0)\n" }
    for line in lines { stream.write(line) }
    stream.flush()
    #expect(pipe.text(upTo: lines.last!) == lines.joined())
    #expect(stream.failure == nil)
  }

  @Test(
    arguments: [
      ("/dev/full", O_WRONLY, ENOSPC), ("/dev/null", O_RDONLY, EBADF), (nil, 0, EBADF),
    ] as [(String?, Int32, Int32)], [true, false])
  func `text that cannot be written is dropped, and its error is known`(
    file: (path: String?, mode: Int32, error: Int32), hasThread: Bool
  ) {
    let descriptor = file.path.map { open($0, file.mode) } ?? 1 << 20
    let stream = stream(descriptor, hasThread: hasThread)
    for _ in 0..<3 { stream.write("text\n") }
    stream.flush()
    #expect(stream.failure == file.error)
    if file.path != nil { close(descriptor) }
  }

  @Test(arguments: [true, false])
  func `a closed pipe is an error like others`(hasThread: Bool) {
    pipe.closeReader()
    let stream = stream(pipe.writing, hasThread: hasThread)
    stream.write("text\n")
    stream.flush()
    #expect(stream.failure == EPIPE)
  }

  @Test(arguments: [true, false])
  func `a stalled reader blocks nobody, and gets the text later`(hasThread: Bool) {
    let filled = pipe.fill()
    let stream = stream(pipe.writing, hasThread: hasThread)
    for number in 0..<100 { stream.write("line \(number)\n") }
    stream.flush(until: soon)
    #expect(pipe.read(filled).allSatisfy { $0 == 0 })
    stream.flush()
    #expect(pipe.text(upTo: "line 99\n") == (0..<100).map { "line \($0)\n" }.joined())
  }

  @Test(arguments: [true, false])
  func `text that exceeds the limit for a stalled reader is dropped, oldest first, and counted`(
    hasThread: Bool
  ) {
    let filled = pipe.fill()
    let stream = stream(pipe.writing, limit: 100, hasThread: hasThread)
    for number in 100..<200 { stream.write("line \(number)\n") }
    _ = pipe.read(filled)
    stream.flush()
    let lines = pipe.text(upTo: "line 199\n").split(separator: "\n")
    // There are two notices if the thread takes the first text after some was dropped.
    let notices = lines.filter { $0.hasPrefix("(") }
    let lost = notices.compactMap { Int($0.dropFirst().prefix { $0.isNumber }) }.reduce(0, +)
    #expect(lost > 0)
    #expect(lines.count - notices.count + lost == 100)
    // At most eleven lines of nine bytes fit.
    #expect(lines.suffix(11) == (189..<200).map { "line \($0)" })
  }

  @Test(arguments: [true, false])
  func `a stalled reader gets only the last redraw, and loses no line to redraws`(hasThread: Bool) {
    let filled = pipe.fill()
    let stream = stream(pipe.writing, limit: 100, hasThread: hasThread)
    stream.write("first\n")
    for number in 0..<1000 { stream.write("\r\(number) of 1000") }
    stream.write("\r1000 of 1000\nlast\n")
    _ = pipe.read(filled)
    stream.flush()
    let text = pipe.text(upTo: "last\n")
    #expect(text.hasPrefix("first\n"))
    #expect(text.hasSuffix("\r999 of 1000\r1000 of 1000\nlast\n"))
    #expect(text.count < 100)
  }

  @Test
  func `the flags of a shared descriptor stay unchanged`() {
    let before = fcntl(pipe.writing, F_GETFL)
    let stream = StandardStream(pipe.writing)
    stream.write("text\n")
    stream.flush()
    #expect(fcntl(pipe.writing, F_GETFL) == before)
  }

  @Test
  func `a descriptor that another process made non-blocking loses nothing`() {
    _ = fcntl(pipe.writing, F_SETFL, fcntl(pipe.writing, F_GETFL) | O_NONBLOCK)
    let stream = StandardStream(pipe.writing)
    let text = String(repeating: "x", count: 1 << 20) + "\n"
    stream.write(text)
    #expect(pipe.text(upTo: "\n") == text)
    #expect(stream.failure == nil)
  }
}
