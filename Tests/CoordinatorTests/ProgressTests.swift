import Coordinator
import Job
import Testing

@Suite struct ProgressTests {
  @Test(
    "the bar says how many images are done, how fast, and how long it will take",
    arguments: [
      (
        ProgressText(delivered: 42, done: 42, total: 100, rankCount: 8, rate: 3.1),
        "[########............] 42/100 images  3.1 images/s  0:19 left  8 ranks"
      ),
      (
        ProgressText(delivered: 0, done: 0, total: 1, rankCount: 1),
        "[....................] 0/1 images  - images/s  -:-- left  1 rank"
      ),
      (
        ProgressText(delivered: 0, done: 2.5, total: 10, rankCount: 2, rate: 0.01),
        "[#####...............] 0/10 images  100.0 s/image  12:30 left  2 ranks"
      ),
      (
        ProgressText(delivered: 5000, done: 5000, total: 50_000, rankCount: 64, rate: 0.5),
        "[##..................] 5000/50000 images  0.50 images/s  25:00:00 left  64 ranks"
      ),
      (
        ProgressText(delivered: 7, done: 7, total: 7, rankCount: 1, rate: 20),
        "[####################] 7/7 images  20.0 images/s  0:00 left  1 rank"
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

  /// Everything written in a job of 100 images at 1 image a second, updated every tenth of one.
  private func transcript(_ style: ProgressDisplay.Style, seconds: Int) -> [String] {
    var writes: [String] = []
    withExtendedLifetime(Recorder()) { recorder in
      var display = ProgressDisplay(style, total: 100, rankCount: 2) { recorder.writes.append($0) }
      let start = ContinuousClock.now
      for tenth in 0...(seconds * 10) {
        let done = Double(tenth) / 10
        display.update(
          delivered: Int(done), done: done, at: start + .milliseconds(100 * tenth))
      }
      display.end()
      writes = recorder.writes
    }
    return writes
  }

  private final class Recorder {
    var writes: [String] = []
  }

  @Test("away from a terminal there are few lines, at growing intervals, and one at the end")
  func lines() {
    #expect(
      transcript(.lines, seconds: 99) == [
        "5/100 images  1.0 images/s  1:35 left  2 ranks\n",
        "15/100 images  1.0 images/s  1:25 left  2 ranks\n",
        "35/100 images  1.0 images/s  1:05 left  2 ranks\n",
        "75/100 images  1.0 images/s  0:25 left  2 ranks\n",
        "100/100 images  1.0 images/s  0:00 left  2 ranks\n",
      ])
  }

  @Test("on a terminal the bar is redrawn in place, five times a second at most")
  func inPlace() {
    let writes = transcript(.bar, seconds: 10)
    #expect(writes.count == 52)
    #expect(writes.dropLast().allSatisfy { $0.hasPrefix("\r[") && !$0.contains("\n") })
    #expect(writes.last == "\n")
    // A part of an image shows as movement before there is a whole one.
    #expect(writes[0].contains("0/100") && writes[0].contains("1.0 images/s"))
  }

  @Test("a bar gives way to a message")
  func announcement() {
    let recorder = Recorder()
    var display = ProgressDisplay(.bar, total: 1, rankCount: 1) { recorder.writes.append($0) }
    let start = ContinuousClock.now
    display.update(delivered: 0, done: 0, at: start)
    display.update(delivered: 0, done: 0, at: start + .seconds(1))
    display.announce("error: no")
    let bar = recorder.writes[0].dropFirst()
    #expect(recorder.writes[1] == "\r" + String(repeating: " ", count: bar.count) + "\r")
    #expect(recorder.writes[2] == "error: no\n")
  }
}
