import Coordinator
import Foundation
import Job
import Terminal
import Testing

@Suite struct ProgressTests {
  private static func text(
    _ delivered: Int, _ done: Double, of total: Int, ranks: Int, alive: Int? = nil,
    rate: Double? = nil, slowest: (Int, Double)? = nil, state: JobStatus.State = .running
  ) -> ProgressText {
    ProgressText(
      JobStatus(
        state: state, total: total, done: delivered, doneBefore: 0,
        imagesPerSecond: rate, secondsLeft: rate.map { (Double(total) - done) / $0 },
        ranks: JobStatus.Ranks(
          total: ranks, alive: alive ?? ranks, slowest: slowest?.0, slowestRate: slowest?.1)),
      done: done)
  }

  @Test(arguments: [
    (
      text(42, 42, of: 100, ranks: 8, rate: 3.1, slowest: (5, 0.21)),
      "42/100 images  3.1/s  0:19 left  8 ranks  slowest 5: 0.21/s"
    ),
    (
      text(0, 0, of: 1, ranks: 1),
      "0/1 image  -/s  -:-- left  1 rank"
    ),
    (
      text(0, 2.5, of: 10, ranks: 2, rate: 0.01),
      "0/10 images  100.0 s each  12:30 left  2 ranks"
    ),
    (
      text(5000, 5000, of: 50_000, ranks: 64, alive: 62, rate: 0.5, slowest: (63, 0)),
      "5000/50000 images  0.50/s  25:00:00 left  62 of 64 ranks  slowest 63: 0/s"
    ),
    (
      text(7, 7, of: 7, ranks: 1, rate: 20),
      "7/7 images  20.0/s  0:00 left  1 rank"
    ),
    (
      text(12, 14, of: 100, ranks: 2, rate: 2, state: .draining),
      "12/100 images  2.0/s  ending in 0:43  2 ranks"
    ),
  ])
  func `a line shows finished images, speed, time left, the number of ranks and the slowest`(
    text: ProgressText, expected: String
  ) {
    #expect(text.line == expected)
  }

  /// A short job, and one with many ranks that takes days and has lost a rank.
  private static let short = text(42, 42, of: 100, ranks: 8, rate: 3.1, slowest: (5, 0.21))
  private static let long = text(
    12, 12, of: 50_000, ranks: 128, alive: 127, rate: 0.325, slowest: (0, 1 / 47.6))

  @Test(arguments: [
    (
      short, 199,
      "[#########################...................................] "
        + "42/100 images  3.1/s  0:19 left  8 ranks  slowest 5: 0.21/s"
    ),
    (
      short, 79, "[#######..........] 42/100 images  3.1/s  0:19 left  8 ranks  slowest 5: 0.21/s"
    ),
    (short, 72, "[####......] 42/100 images  3.1/s  0:19 left  8 ranks  slowest 5: 0.21/s"),
    (short, 71, "[###########.................] 42/100 images  3.1/s  0:19 left  8 ranks"),
    (short, 59, "[######..........] 42/100 images  3.1/s  0:19 left  8 ranks"),
    (short, 45, "[####.......] 42/100 images  3.1/s  0:19 left"),
    (short, 30, "[#..] 42/100 images  0:19 left"),
    (short, 29, "[###......] 42/100  0:19 left"),
    (short, 19, "42/100  0:19 left"),
    (short, 16, "42/100"),
    (short, 5, "42%"),
    (short, 2, ""),
    (
      long, 199,
      "[............................................................] 12/50000 images  0.33/s  "
        + "42:43:30 left  127 of 128 ranks  slowest 0: 47.6 s each"
    ),
    (long, 79, "[....................] 12/50000 images  0.33/s  42:43:30 left  127 of 128 ranks"),
    (long, 59, "[..................] 12/50000 images  0.33/s  42:43:30 left"),
    (long, 29, "[...] 12/50000  42:43:30 left"),
    (long, 19, "12/50000"),
    (long, 11, "12/50000"),
    (long, 7, "0%"),
  ])
  func `a narrow line leaves out the least important parts, and a wide one has a longer bar`(
    text: ProgressText, room: Int, expected: String
  ) {
    #expect(text.bar(room: room) == expected)
  }

  @Test(arguments: [short, long, text(0, 0, of: 1, ranks: 1)])
  func `a bar is never longer than its space`(text: ProgressText) {
    for room in 1...250 { #expect(text.bar(room: room).count <= room) }
  }

  @Test
  func `a bar is full only when all images are done`() {
    #expect(Self.text(7, 7, of: 7, ranks: 1).bar(room: 28) == "[####] 7/7 images  -:-- left")
    #expect(Self.text(6, 6.9, of: 7, ranks: 1).bar(room: 28) == "[###.] 6/7 images  -:-- left")
  }

  @Test(arguments: [
    (0.0, "0:00"), (0.2, "0:01"), (59.5, "1:00"), (3599, "59:59"), (3723, "1:02:03"),
    (-5, "0:00"), (.infinity, "1111111:06:40"),
  ])
  func `times are minutes and seconds, with hours if needed`(seconds: Double, expected: String) {
    #expect(ProgressText.clock(seconds: seconds) == expected)
  }

  /// Returns everything that is written in a job of 100 images, half of which exist at the start,
  /// at 1 image per second. The display is updated ten times per second.
  private func transcript(_ style: ProgressDisplay.Style, seconds: Int) -> [String] {
    let recorder = Recorder()
    let reporter = JobReporter(ProgressDisplay(style) { recorder.writes.append($0) })
    let start = ContinuousClock.now
    for tenth in 0...(seconds * 10) {
      let done = 50 + Double(tenth) / 10
      reporter.observe(
        at: start + .milliseconds(100 * tenth), state: .running, done: { done },
        status: {
          JobStatus(
            state: .running, total: 100, done: Int(done), doneBefore: 50,
            ranks: JobStatus.Ranks(total: 2, alive: 2))
        })
    }
    reporter.finish()
    return recorder.writes
  }

  private final class Recorder {
    var writes: [String] = []
  }

  @Test
  func `without a terminal there are few lines, at growing intervals, and one at the end`() {
    #expect(
      transcript(.lines, seconds: 49) == [
        "55/100 images  1.0/s  0:45 left  2 ranks\n",
        "65/100 images  1.0/s  0:35 left  2 ranks\n",
        "85/100 images  1.0/s  0:15 left  2 ranks\n",
        "100/100 images  1.0/s  0:00 left  2 ranks\n",
      ])
  }

  @Test
  func `on a terminal the bar is redrawn in place, at most five times per second`() {
    let writes = transcript(.bar(TerminalDevice { 80 }), seconds: 10)
    #expect(writes.count == 52)
    #expect(
      writes.dropLast().allSatisfy {
        $0.hasPrefix("\r[") && $0.hasSuffix("\r") && !$0.contains("\n")
      })
    #expect(writes.last == "\n")
    // A fraction of an image is shown as movement before the first image is complete.
    #expect(writes[1].contains("50/100") && writes[1].contains("1.0/s"))
  }

  @Test(arguments: [true, false])
  func `a message replaces the bar`(canErase: Bool) {
    let recorder = Recorder()
    let terminal = TerminalDevice(canErase: canErase) { 80 }
    let reporter = JobReporter(ProgressDisplay(.bar(terminal)) { recorder.writes.append($0) })
    let start = ContinuousClock.now
    for second in [0, 1] {
      reporter.observe(
        at: start + .seconds(second), state: .starting, done: { 0 },
        status: {
          JobStatus(
            state: .starting, total: 1, done: 0, doneBefore: 0,
            ranks: JobStatus.Ranks(total: 1, alive: 1))
        })
    }
    reporter.announce("error: no")
    let bar = recorder.writes[0].split(separator: "\r")[0]
    let erased = canErase ? "\u{1b}[J" : String(repeating: " ", count: bar.count) + "\r"
    #expect(recorder.writes[1...] == ["\r" + erased + "error: no\n"])
  }

  @Test
  func `once the job has ended, the bar does not overwrite the last message`() {
    let recorder = Recorder()
    let display = ProgressDisplay(.bar(TerminalDevice { 80 })) { recorder.writes.append($0) }
    let reporter = JobReporter(display)
    let start = ContinuousClock.now
    for second in 0...3 {
      let state = second < 2 ? JobStatus.State.running : .interrupted
      if second == 2 { reporter.announce("interrupted: 0 of 1 image saved") }
      reporter.observe(
        at: start + .seconds(second), state: state, done: { 0 },
        status: {
          JobStatus(
            state: state, total: 1, done: 0, doneBefore: 0,
            ranks: JobStatus.Ranks(total: 1, alive: 1))
        })
    }
    #expect(recorder.writes.count == 2)
    #expect(recorder.writes.last == "\r\u{1b}[Jinterrupted: 0 of 1 image saved\n")
  }

  @Test(arguments: [
    ("warning: rank 1 died", true), ("error: no", true), ("waiting: disk full", true),
    ("interrupted: 1 of 2 images saved", true), ("drained: 1 of 2 images saved", true),
    ("packing the weights", false), ("resuming: 1 of 2 images already exist", false),
  ])
  func `with --quiet only problems are shown`(text: String, isShown: Bool) {
    let recorder = Recorder()
    let reporter = JobReporter(ProgressDisplay(.quiet) { recorder.writes.append($0) })
    reporter.announce(text)
    #expect(recorder.writes == (isShown ? [text + "\n"] : []))
    #expect(transcript(.quiet, seconds: 49).isEmpty)
  }

  @Test
  func `the status is published every two seconds and at the end, with rate and times`() throws {
    let recorder = StatusRecorder()
    let reporter = JobReporter(ProgressDisplay(.quiet)) { recorder.statuses.append($0) }
    let start = ContinuousClock.now
    func status(_ done: Int) -> JobStatus {
      JobStatus(
        state: done == 40 ? .complete : .running, total: 40, done: done, doneBefore: 0,
        ranks: JobStatus.Ranks(total: 1, alive: 1))
    }
    for second in 0...10 {
      reporter.observe(
        at: start + .seconds(second), state: .running, done: { Double(2 * second) },
        status: { status(2 * second) })
    }
    reporter.leave(status(40))
    #expect(recorder.statuses.map(\.done) == [0, 4, 8, 12, 16, 20, 40])
    #expect(recorder.statuses[5].imagesPerSecond == 2 && recorder.statuses[5].secondsLeft == 10)
    #expect(recorder.statuses.allSatisfy { $0.updated != nil && $0.process == Int(getpid()) })
  }

  @Test
  func `a status that cannot be published gives one warning, which replaces the bar`() {
    let recorder = Recorder()
    let display = ProgressDisplay(.bar(TerminalDevice { 80 })) { recorder.writes.append($0) }
    let reporter = JobReporter(display) { status in
      if status.done > 0 { throw Failure("no room", status: .cannotWrite) }
    }
    let start = ContinuousClock.now
    for second in 0...9 {
      reporter.observe(
        at: start + .seconds(second), state: .running, done: { Double(second / 5) },
        status: {
          JobStatus(
            state: .running, total: 9, done: second / 5, doneBefore: 0,
            ranks: JobStatus.Ranks(total: 1, alive: 1))
        })
    }
    let messages = recorder.writes.filter { !$0.hasPrefix("\r[") }
    #expect(messages == ["\r\u{1b}[Jwarning: no room\n"])
  }

  private final class StatusRecorder {
    var statuses: [JobStatus] = []
  }
}
