import Arguments
import Testing

@Suite struct TimeLimitTests {
  @Test(arguments: [
    ("90", 5400), ("1:30", 90), ("1:30:00", 5400), ("02-06", 194_400), ("1-00:30", 88200),
    ("0-00:00:05", 5),
  ])
  func `a time limit has the forms of Slurm's --time`(text: String, seconds: Int) {
    #expect(TimeLimit(text) == .after(.seconds(seconds)))
  }

  @Test
  func `the word none turns the time limit off`() {
    #expect(TimeLimit("none") == .off)
  }

  @Test(arguments: [
    "", "0", "-5", "1:2:3:4", "1-", "1-2-3", "5m", "1:", ":30", "1.5", "367-00", "9999999", "٣",
    "1-00:00:00:00", "+5",
  ])
  func `other texts are no time limits`(text: String) {
    #expect(TimeLimit(text) == nil)
  }
}
