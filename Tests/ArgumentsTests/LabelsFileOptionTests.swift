import Arguments
import Foundation
import Job
import TestSupport
import Testing

@Suite("The options beside a file of labels") struct LabelsFileOptionTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.url.appending(path: "list.txt").path
  }

  private func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

  private func entries(_ plan: ImagePlan) -> [[Int]] {
    (0..<plan.count).map { [plan[$0].label ?? -1, Int(plan[$0].seed)] }
  }

  @Test
  func `seeds can be combined with a file without seeds, if there are as many as labels`() throws {
    try write("3\n4\n5\n")
    let plan = try PlanOptions(labelsFile: path, seeds: "9,2-3").plan(classCount: 10)
    #expect(entries(plan) == [[3, 9], [4, 2], [5, 3]])
  }

  @Test(
    arguments: [
      (PlanOptions(seeds: "1-2"), "3\n", ["1 label", "2 seeds"]),
      (PlanOptions(seeds: "1"), "3,4\n", ["--seeds", "line 1"]),
      (PlanOptions(labels: "1"), "3", ["--labels and --labels-file"]),
      (PlanOptions(classes: "1"), "3", ["--classes and --labels-file"]),
      (PlanOptions(numSamples: 1), "3", ["leave out --num-samples"]),
      (PlanOptions(perClass: 1), "3", ["leave out --per-class"]),
      (PlanOptions(order: .grouped), "3", ["--order", "--labels-file"]),
    ] as [(PlanOptions, String, [String])])
  func `options that contradict the file are a usage error that names them`(
    options: PlanOptions, text: String, says: [String]
  ) throws {
    try write(text)
    var options = options
    options.labelsFile = path
    let failure = #expect(throws: Failure.self) { try options.plan(classCount: 10) }
    #expect(failure?.status == .usage)
    for part in says { #expect(failure?.message.contains(part) == true, "\(failure!)") }
  }

  @Test
  func `a model without classes accepts no labels`() throws {
    try write("3")
    let failure = #expect(throws: Failure.self) {
      try PlanOptions(labelsFile: path).plan(classCount: nil)
    }
    #expect(failure?.status == .usage && failure?.message.contains("--labels-file") == true)
  }
}
