import Arguments
import Foundation
import Job
import TestSupport
import Testing

@Suite struct ImagePlanBeginningTests {
  private static func plan(_ options: PlanOptions) throws -> ImagePlan {
    try options.plan(classCount: 10)
  }

  /// Each with a larger plan, and whether that begins with the smaller one.
  static let pairs: [(PlanOptions, PlanOptions, Bool)] = [
    (PlanOptions(numSamples: 100), PlanOptions(numSamples: 250), true),
    (PlanOptions(numSamples: 100), PlanOptions(numSamples: 100), true),
    (PlanOptions(perClass: 3), PlanOptions(perClass: 4), true),
    (PlanOptions(numSamples: 30), PlanOptions(perClass: 4), true),
    (PlanOptions(numSamples: 5), PlanOptions(order: .grouped, numSamples: 10), true),
    (PlanOptions(classes: "0-3", numSamples: 4), PlanOptions(numSamples: 9), true),
    (PlanOptions(classes: "0-3", numSamples: 5), PlanOptions(numSamples: 9), false),
    (
      PlanOptions(order: .grouped, numSamples: 20), PlanOptions(order: .grouped, numSamples: 30),
      false
    ),
    (
      PlanOptions(order: .shuffled, numSamples: 20), PlanOptions(order: .shuffled, numSamples: 30),
      false
    ),
    (PlanOptions(seeds: "3,7-9"), PlanOptions(seeds: "3,7-12,1"), true),
    (PlanOptions(seeds: "3,7-9"), PlanOptions(seeds: "3,7,8,10"), false),
    (PlanOptions(seeds: "1-9"), PlanOptions(numSamples: 20), false),
    (PlanOptions(labels: "1,2,3"), PlanOptions(labels: "1-5"), true),
    (PlanOptions(labels: "1,2,3"), PlanOptions(labels: "1,2,4,3"), false),
    (PlanOptions(labels: "0,1,2"), PlanOptions(numSamples: 12), true),
    (PlanOptions(numSamples: 20), PlanOptions(numSamples: 10), false),
  ]

  @Test(arguments: pairs)
  func `a plan begins with another one if every index has the same label and seed in both`(
    smaller: PlanOptions, larger: PlanOptions, isBeginning: Bool
  ) throws {
    let (one, other) = (try Self.plan(smaller), try Self.plan(larger))
    #expect(one.isBeginning(of: other) == isBeginning)
    let areSame =
      one.count <= other.count && (0..<one.count).allSatisfy { one[$0] == other[$0] }
    #expect(areSame == isBeginning)
  }

  @Test
  func `interleaved plans of a hundred million images are compared by their rule`() throws {
    let counts = [100_000_000, 200_000_000]
    let plans = try counts.map {
      try PlanOptions(classes: "0-999", numSamples: $0).plan(classCount: 1000)
    }
    #expect(plans[0].isBeginning(of: plans[1]) && !plans[1].isBeginning(of: plans[0]))
  }

  @Test
  func `unconditional plans need equal seeds`() throws {
    let plans = ["0-9", "0-19", "1-20"].map {
      ImagePlan(
        labels: .unconditional, seeds: try! NumberRanges(parsing: $0, named: "seeds", limit: 99))
    }
    #expect(plans[0].isBeginning(of: plans[1]) && !plans[0].isBeginning(of: plans[2]))
  }

  @Test
  func `a list in job.json is the beginning of a file to which lines were added`() throws {
    let folder = try TemporaryFolder()
    let path = folder.url.appending(path: "labels.csv").path
    let text = "label,seed\n" + (0..<5000).map { "\($0 % 7),\($0 * $0 % 1009)\n" }.joined()
    try Data(text.utf8).write(to: URL(filePath: path))
    let plan = try ImagePlan(reading: path)
    let json = try JSONEncoder().encode(plan)
    try Data((text + "3,4\n").utf8).write(to: URL(filePath: path))
    let longer = try ImagePlan(reading: path)
    #expect(plan.isBeginning(of: longer) && !longer.isBeginning(of: plan))
    let decoder = JSONDecoder()
    decoder.userInfo[ImagePlan.entriesKey] = path
    #expect(try decoder.decode(ImagePlan.self, from: json).hash == plan.hash)
    // A change of an entry is still found.
    try Data(text.replacing("\n3,9\n", with: "\n3,8\n").utf8).write(to: URL(filePath: path))
    #expect(throws: Failure.self) { try decoder.decode(ImagePlan.self, from: json) }
  }
}
