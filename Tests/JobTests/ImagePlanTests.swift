import Foundation
import Job
import Testing

@Suite struct ImagePlanTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let options: PlanOptions
    var classCount: Int? = 1000
    let labels: [Int?]
    let seeds: [UInt32]
    var testDescription: String { "\(options)" }
  }

  @Test(
    "labels and seeds follow from the options",
    arguments: [
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
      // The order of ten numbers that PermutationTests has, modulo 3.
      Example(
        options: PlanOptions(classes: "0-2", order: .shuffled, numSamples: 10),
        labels: [2, 2, 0, 1, 2, 1, 0, 0, 1, 0], seeds: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
      Example(
        options: PlanOptions(seeds: "4294967295"), classCount: nil,
        labels: [nil], seeds: [4_294_967_295]),
    ])
  func examples(example: Example) throws {
    let plan = try example.options.plan(classCount: example.classCount)
    #expect(plan.count == example.seeds.count)
    let requests = (0..<plan.count).map { plan[$0] }
    #expect(requests.map(\.index) == Array(0..<plan.count))
    #expect(requests.map(\.label) == example.labels)
    #expect(requests.map(\.seed) == example.seeds)
  }

  @Test("without a word there are a hundred images over all classes")
  func bare() throws {
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

  @Test(
    "options at odds are a usage error that names them",
    arguments: [
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
  func refusals(refusal: Refusal) {
    let failure = #expect(throws: Failure.self) {
      try refusal.options.plan(classCount: refusal.classCount)
    }
    #expect(failure?.status == .usage)
    for part in refusal.says {
      #expect(failure?.message.contains(part) == true)
    }
  }

  @Test("a plan of a hundred million images is sent in a few bytes and arrives the same")
  func coding() throws {
    let plan = try PlanOptions(classes: "0-999", numSamples: 100_000_000).plan(classCount: 1000)
    let sent = try JSONEncoder().encode(plan)
    #expect(sent.count < 300)
    let arrived = try JSONDecoder().decode(ImagePlan.self, from: sent)
    #expect(arrived == plan)
    #expect(arrived[99_999_999] == ImageRequest(index: 99_999_999, label: 999, seed: 99_999_999))
  }

  @Test(
    "a plan whose text was changed does not arrive",
    arguments: [
      ("\"0-9\"", "\"0-8\""), ("\"0-99\"", "\"1-100\""), ("interleaved", "grouped"),
      ("\"hash\":\"0", "\"hash\":\"1"),
    ])
  func edited(from old: String, to new: String) throws {
    let plan = try PlanOptions(classes: "0-9", numSamples: 100).plan(classCount: 10)
    let sent = String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
    #expect(sent.contains(old), "\(sent)")
    let edited = Data(sent.replacing(old, with: new).utf8)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(ImagePlan.self, from: edited) }
  }

  @Test("orders survive coding", arguments: ImageOrder.allCases)
  func codedOrder(order: ImageOrder) throws {
    let plan = try PlanOptions(order: order, perClass: 3).plan(classCount: 7)
    let arrived = try JSONDecoder().decode(ImagePlan.self, from: JSONEncoder().encode(plan))
    #expect(arrived == plan && arrived.order == order)
  }

  static let countable = [
    PlanOptions(classes: "0-6", numSamples: 100), PlanOptions(classes: "3,1-2,3", numSamples: 10),
    PlanOptions(classes: "5,9", perClass: 4), PlanOptions(classes: "0-9", numSamples: 3),
    PlanOptions(labels: "3,3,9,0"),
  ]

  @Test(
    "counts by class are those of the images, and balanced where they are spread",
    arguments: countable, ImageOrder.allCases)
  func counts(options: PlanOptions, order: ImageOrder) throws {
    var options = options
    if options.labels == nil { options.order = order }
    let plan = try options.plan(classCount: 10)
    var expected: [Int: Int] = [:]
    for index in 0..<plan.count { expected[try #require(plan[index].label), default: 0] += 1 }
    #expect(plan.labelCounts == expected)
    if options.classes == "0-6" { #expect(Set(expected.values) == [14, 15]) }
  }

  @Test("the hash is of what the images are and of their order")
  func hash() throws {
    // sha256sum of the text that the definition gives.
    let plan = try PlanOptions(classes: "0-9", numSamples: 100).plan(classCount: 10)
    #expect(plan.hash == "05e488e151b99e40")
    #expect(try PlanOptions().plan(classCount: 10).hash == plan.hash)
    let options =
      Self.countable.dropFirst() + [
        PlanOptions(order: .grouped), PlanOptions(order: .shuffled), PlanOptions(seeds: "1-100"),
        PlanOptions(classes: "0-8"), PlanOptions(),
      ]
    var hashes = try Set(options.map { try $0.plan(classCount: 10).hash })
    hashes.insert(try PlanOptions().plan(classCount: nil).hash)
    #expect(hashes.count == options.count + 1)
  }
}
