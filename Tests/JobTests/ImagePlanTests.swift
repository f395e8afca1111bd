import Arguments
import Foundation
import Job
import Testing

@Suite struct ImagePlanTests {
  @Test
  func `a plan of a hundred million images is sent in a few bytes and arrives unchanged`() throws {
    let plan = try PlanOptions(classes: "0-999", numSamples: 100_000_000).plan(classCount: 1000)
    let sent = try JSONEncoder().encode(plan)
    #expect(sent.count < 300)
    let arrived = try JSONDecoder().decode(ImagePlan.self, from: sent)
    #expect(arrived == plan)
    #expect(arrived[99_999_999] == ImageRequest(index: 99_999_999, label: 999, seed: 99_999_999))
  }

  @Test(arguments: [
    ("\"0-9\"", "\"0-8\""), ("\"0-99\"", "\"1-100\""), ("interleaved", "grouped"),
    ("\"hash\":\"0", "\"hash\":\"1"),
  ])
  func `a plan whose text was changed is refused`(from old: String, to new: String) throws {
    let plan = try PlanOptions(classes: "0-9", numSamples: 100).plan(classCount: 10)
    let sent = String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
    #expect(sent.contains(old), "\(sent)")
    let edited = Data(sent.replacing(old, with: new).utf8)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(ImagePlan.self, from: edited) }
  }

  @Test(arguments: ImageOrder.allCases)
  func `orders can be encoded and decoded`(order: ImageOrder) throws {
    let plan = try PlanOptions(order: order, perClass: 3).plan(classCount: 7)
    let arrived = try JSONDecoder().decode(ImagePlan.self, from: JSONEncoder().encode(plan))
    #expect(arrived == plan && arrived.order == order)
  }

  static let countable = [
    PlanOptions(classes: "0-6", numSamples: 100), PlanOptions(classes: "3,1-2,3", numSamples: 10),
    PlanOptions(classes: "5,9", perClass: 4), PlanOptions(classes: "0-9", numSamples: 3),
    PlanOptions(labels: "3,3,9,0"),
  ]

  @Test(arguments: countable, ImageOrder.allCases)
  func `counts by class match the images, and are balanced if classes are cycled`(
    options: PlanOptions, order: ImageOrder
  ) throws {
    var options = options
    if options.labels == nil { options.order = order }
    let plan = try options.plan(classCount: 10)
    var expected: [Int: Int] = [:]
    for index in 0..<plan.count { expected[try #require(plan[index].label), default: 0] += 1 }
    #expect(plan.labelCounts == expected)
    if options.classes == "0-6" { #expect(Set(expected.values) == [14, 15]) }
  }

  @Test
  func `the hash depends on the images and their order`() throws {
    // The sha256sum of the text in the definition.
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
