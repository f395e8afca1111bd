import Job
import Testing

@Suite struct WorkTests {
  private func plan(_ count: Int) -> ImagePlan {
    ImagePlan(
      labels: .spread(over: NumberRanges(first: 3), .interleaved),
      seeds: NumberRanges(first: count))
  }

  @Test
  func `the work of a whole plan is all its images`() throws {
    let plan = plan(10)
    let work = Work(plan)
    #expect(work.indices == 0..<10 && work.isComplete)
    #expect(work.labelCounts == plan.labelCounts)
  }

  @Test(arguments: [0..<4, 3..<8, 9..<10])
  func `the images of a range keep their index, label and seed`(_ range: Range<Int>) throws {
    let plan = plan(10)
    let work = Work(plan, indices: range)
    #expect(work.count == range.count && !work.isComplete)
    #expect(range.map { work[$0] } == range.map { plan[$0] })
    var counts: [Int: Int] = [:]
    for index in range { counts[plan[index].label!, default: 0] += 1 }
    #expect(work.labelCounts == counts)
  }
}
