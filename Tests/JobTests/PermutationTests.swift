import Job
import Testing

@Suite struct PermutationTests {
  @Test(arguments: Array(1...70) + [255, 256, 257, 4095, 65_537])
  func `every number occurs once`(count: Int) {
    let order = Permutation(count: count)
    #expect((0..<count).map { order[$0] }.sorted() == Array(0..<count))
  }

  // Computed in Python from the description.
  @Test
  func `the order is the documented one, and stays the same`() {
    let ten = Permutation(count: 10)
    #expect((0..<10).map { ten[$0] } == [8, 2, 9, 7, 5, 1, 3, 6, 4, 0])
    let many = Permutation(count: 100_000_000)
    #expect(
      (0..<5).map { many[$0] } == [14_355_790, 33_294_699, 4_054_858, 27_419_563, 26_749_187])
  }

  @Test
  func `neighbours are scattered, so few numbers are followed by one from the same tenth`() {
    let order = Permutation(count: 100_000)
    let tenths = (0..<100_000).map { order[$0] / 10_000 }
    let same = zip(tenths, tenths.dropFirst()).count { $0 == $1 }
    // A tenth would be equal by chance, with a standard deviation of 95.
    #expect(abs(same - 10_000) < 500)
  }
}
