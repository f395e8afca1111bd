import Foundation
import Job
import Testing

@Suite struct SliceTests {
  @Test(arguments: [("1/1", 1, 1), ("3/50", 3, 50), ("007/99999", 7, 99999)])
  func `a slice is written as its number and the number of slices`(
    text: String, number: Int, count: Int
  ) throws {
    let slice = try #require(PlanSlice(text))
    #expect(slice.number == number && slice.count == count)
    #expect(PlanSlice(slice.text) == slice)
  }

  @Test(arguments: [
    "", "3", "0/3", "4/3", "-1/3", "1/-3", "1/0", "a/b", "1/2/3", "1/", "/2", " 1/2", "1/100000",
    "1/99999999999999999999",
  ])
  func `other texts are not slices`(text: String) {
    #expect(PlanSlice(text) == nil)
  }

  @Test(arguments: [(100, 50, 1), (10, 3, 1), (7, 7, 1), (3, 5, 1), (1000, 7, 64), (10, 5, 4)])
  func `slices cover a plan without gaps, in parts of about equal size`(
    total: Int, count: Int, unit: Int
  ) throws {
    let parts = (1...count).map { PlanSlice($0, of: count)!.indices(of: total, unit: unit) }
    #expect(parts.flatMap { Array($0) } == Array(0..<total))
    #expect(parts.dropFirst().allSatisfy { $0.lowerBound % unit == 0 || $0.isEmpty })
    let units = parts.map { ($0.count + unit - 1) / unit }
    #expect(units.max()! - units.min()! <= 1)
  }

  @Test
  func `the largest plan can be divided into the most slices`() {
    let last = PlanSlice(PlanSlice.largestCount, of: PlanSlice.largestCount)!
    #expect(last.indices(of: 1 << 32).upperBound == 1 << 32)
  }

  @Test
  func `a slice is encoded as its text`() throws {
    let json = try JSONEncoder().encode([PlanSlice(3, of: 50)!])
    #expect(try JSONDecoder().decode([String].self, from: json) == ["3/50"])
    #expect(try JSONDecoder().decode([PlanSlice].self, from: json) == [PlanSlice(3, of: 50)!])
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([PlanSlice].self, from: Data("[\"51/50\"]".utf8))
    }
  }
}
