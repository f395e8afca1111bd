import Arguments
import Job
import Testing

@Suite("The options that choose labels and seeds") struct PlanOptionsTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let options: PlanOptions
    var classCount: Int? = 1000
    let labels: [Int?]
    let seeds: [UInt32]
    var testDescription: String { "\(options)" }
  }

  @Test(arguments: [
    Example(
      options: PlanOptions(classes: "0-2,282", numSamples: 6),
      labels: [0, 1, 2, 282, 0, 1], seeds: [0, 1, 2, 3, 4, 5]),
    Example(
      options: PlanOptions(classes: "5,3", perClass: 2),
      labels: [5, 3, 5, 3], seeds: [0, 1, 2, 3]),
    Example(
      options: PlanOptions(labels: "0,69,292", seeds: "7,5-6"),
      labels: [0, 69, 292], seeds: [7, 5, 6]),
    Example(options: PlanOptions(labels: "9,9"), labels: [9, 9], seeds: [0, 1]),
    Example(
      options: PlanOptions(labels: "9,8", numSamples: 2), labels: [9, 8], seeds: [0, 1]),
    Example(options: PlanOptions(seeds: "41-42"), labels: [0, 1], seeds: [41, 42]),
    Example(
      options: PlanOptions(perClass: 1), classCount: 3, labels: [0, 1, 2], seeds: [0, 1, 2]),
    Example(
      options: PlanOptions(classes: "5,3,8", order: .grouped, numSamples: 8),
      labels: [5, 5, 5, 3, 3, 3, 8, 8], seeds: [0, 1, 2, 3, 4, 5, 6, 7]),
    Example(
      options: PlanOptions(classes: "5,3,8", order: .grouped, numSamples: 2),
      labels: [5, 3], seeds: [0, 1]),
    // The order of ten numbers from PermutationTests, modulo 3.
    Example(
      options: PlanOptions(classes: "0-2", order: .shuffled, numSamples: 10),
      labels: [2, 2, 0, 1, 2, 1, 0, 0, 1, 0], seeds: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    Example(
      options: PlanOptions(seeds: "4294967295"), classCount: nil,
      labels: [nil], seeds: [4_294_967_295]),
  ])
  func `the options determine labels and seeds`(example: Example) throws {
    let plan = try example.options.plan(classCount: example.classCount)
    #expect(plan.count == example.seeds.count)
    let requests = (0..<plan.count).map { plan[$0] }
    #expect(requests.map(\.index) == Array(0..<plan.count))
    #expect(requests.map(\.label) == example.labels)
    #expect(requests.map(\.seed) == example.seeds)
  }

  @Test
  func `by default there are a hundred images of all classes`() throws {
    let plan = try PlanOptions().plan(classCount: 10)
    #expect(plan.count == 100)
    #expect(plan[99] == ImageRequest(index: 99, label: 9, seed: 99))
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let options: PlanOptions
    var classCount: Int? = 1000
    let says: [String]
    var testDescription: String { "\(options)" }
  }

  @Test(arguments: [
    Refusal(
      options: PlanOptions(labels: "1,2,3", seeds: "0-1"), says: ["3 labels", "2 seeds"]),
    Refusal(
      options: PlanOptions(labels: "1", seeds: "0-4"), says: ["1 label,", "5 seeds (--seeds)"]),
    Refusal(
      options: PlanOptions(labels: "1", numSamples: 4), says: ["1 label,", "(--num-samples)"]),
    Refusal(options: PlanOptions(labels: "1-4", perClass: 1), says: ["--per-class"]),
    Refusal(options: PlanOptions(classes: "1", labels: "1"), says: ["--classes and --labels"]),
    Refusal(
      options: PlanOptions(seeds: "1", numSamples: 1, perClass: 1),
      says: ["--seeds and --num-samples and --per-class"]),
    Refusal(
      options: PlanOptions(classes: "0-1000"), says: ["class 1000 does not exist", "0 to 999"]),
    Refusal(options: PlanOptions(labels: "5000000"), says: ["class 5000000", "0 to 999"]),
    Refusal(options: PlanOptions(numSamples: 0), says: ["--num-samples is 0"]),
    Refusal(options: PlanOptions(perClass: -1), says: ["--per-class is -1"]),
    Refusal(options: PlanOptions(numSamples: 4_294_967_297), says: ["4294967296"]),
    Refusal(options: PlanOptions(perClass: .max), says: ["more images than there are seeds"]),
    Refusal(options: PlanOptions(classes: "1"), classCount: nil, says: ["unconditional"]),
    Refusal(options: PlanOptions(perClass: 1), classCount: nil, says: ["--per-class"]),
    Refusal(options: PlanOptions(order: .shuffled), classCount: nil, says: ["--order"]),
    Refusal(
      options: PlanOptions(labels: "1", order: .grouped), says: ["--order", "--labels has"]),
  ])
  func `contradictory options are a usage error that names them`(refusal: Refusal) {
    let failure = #expect(throws: Failure.self) {
      try refusal.options.plan(classCount: refusal.classCount)
    }
    #expect(failure?.status == .usage)
    for part in refusal.says {
      #expect(failure?.message.contains(part) == true)
    }
  }
}
