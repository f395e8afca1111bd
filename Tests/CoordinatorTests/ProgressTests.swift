import Coordinator
import Foundation
import Job
import Testing

@Suite struct ProgressTests {
  private static func text(
    _ delivered: Int, _ done: Double, of total: Int, ranks: Int, alive: Int? = nil,
    rate: Double? = nil, slowest: (Int, Double)? = nil
  ) -> ProgressText {
    ProgressText(
      JobStatus(
        state: .running, total: total, done: delivered, doneBefore: 0,
        imagesPerSecond: rate, secondsLeft: rate.map { (Double(total) - done) / $0 },
        ranks: JobStatus.Ranks(
          total: ranks, alive: alive ?? ranks, slowest: slowest?.0, slowestRate: slowest?.1)),
      done: done)
  }

  @Test(
    "the bar says how many images are done, how fast, how long it will take, and who works",
    arguments: [
      (
        text(42, 42, of: 100, ranks: 8, rate: 3.1, slowest: (5, 0.21)),
        "[####......] 42/100 images  3.1/s  0:19 left  8 ranks  slowest 5: 0.21/s"
      ),
      (
        text(0, 0, of: 1, ranks: 1),
        "[..........] 0/1 images  -/s  -:-- left  1 rank"
      ),
      (
        text(0, 2.5, of: 10, ranks: 2, rate: 0.01),
        "[##........] 0/10 images  100.0 s each  12:30 left  2 ranks"
      ),
      (
        text(5000, 5000, of: 50_000, ranks: 64, alive: 62, rate: 0.5, slowest: (63, 0)),
        "[#.........] 5000/50000 images  0.50/s  25:00:00 left  62 of 64 ranks  slowest 63: 0/s"
      ),
      (
        text(7, 7, of: 7, ranks: 1, rate: 20),
        "[##########] 7/7 images  20.0/s  0:00 left  1 rank"
      ),
    ])
  func bar(text: ProgressText, expected: String) {
    #expect(text.bar == expected)
  }

  @Test(
    "times are minutes and seconds, with hours where there are any",
    arguments: [
      (0.0, "0:00"), (0.2, "0:01"), (59.5, "1:00"), (3599, "59:59"), (3723, "1:02:03"),
      (-5, "0:00"), (.infinity, "1111111:06:40"),
    ])
  func clock(seconds: Double, expected: String) {
    #expect(ProgressText.clock(seconds: seconds) == expected)
  }

  /// Everything written in a job of 100 images, half of which were there, at 1 image a second,
  /// looked at every tenth of one.
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

  @Test("away from a terminal there are few lines, at growing intervals, and one at the end")
  func lines() {
    #expect(
      transcript(.lines, seconds: 49) == [
        "55/100 images  1.0/s  0:45 left  2 ranks\n",
        "65/100 images  1.0/s  0:35 left  2 ranks\n",
        "85/100 images  1.0/s  0:15 left  2 ranks\n",
        "100/100 images  1.0/s  0:00 left  2 ranks\n",
      ])
  }

  @Test("on a terminal the bar is redrawn in place, five times a second at most")
  func inPlace() {
    let writes = transcript(.bar, seconds: 10)
    #expect(writes.count == 52)
    #expect(writes.dropLast().allSatisfy { $0.hasPrefix("\r[") && !$0.contains("\n") })
    #expect(writes.last == "\n")
    // A part of an image shows as movement before there is a whole one.
    #expect(writes[1].contains("50/100") && writes[1].contains("1.0/s"))
  }

  @Test("a bar gives way to a message")
  func announcement() {
    let recorder = Recorder()
    let reporter = JobReporter(ProgressDisplay(.bar) { recorder.writes.append($0) })
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
    let bar = recorder.writes[0].dropFirst()
    #expect(recorder.writes[1] == "\r" + String(repeating: " ", count: bar.count) + "\r")
    #expect(recorder.writes[2] == "error: no\n")
  }

  @Test("the status is published every two seconds and at the end, with rate and times")
  func publication() throws {
    let recorder = StatusRecorder()
    let reporter = JobReporter(ProgressDisplay(.none)) { recorder.statuses.append($0) }
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

  private final class StatusRecorder {
    var statuses: [JobStatus] = []
  }
}
