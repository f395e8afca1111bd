import ArgumentParser
import CKernels
import Compute
import Foundation

struct BlocksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blocks",
    abstract: "Time blocks of published transformers, and what they spend on which operations.",
    discussion: """
      The weights are random. Products are the linear layers, computed as the block computes them. \
      The other operations are given as shares of them.
      """)

  @Option(help: "\(TransformerBlock.allCases.map(\.rawValue).joined(separator: ", ")).")
  var block: [TransformerBlock] = TransformerBlock.allCases
  @Option var batch = 2
  @Option var threads = 2
  @Option(help: "f32 or bf16.") var precision: [ElementType] = [.bf16, .f32]
  @Option(help: "Timed runs.") var runs = 30
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard batch > 0 && threads > 0 && runs > 0 else {
      throw ValidationError("--batch, --threads and --runs are at least 1")
    }
  }

  func run() throws {
    for type in precision where type == .f32 || Processor.canComputeBF16 {
      for block in block {
        let report = try measure(block, type)
        if json { try printJSON(report) } else { report.print() }
      }
    }
  }

  private func measure(_ block: TransformerBlock, _ type: ElementType) throws -> BlockReport {
    let graph = Graph()
    graph.output("result", block.describe(in: graph, batch: batch, type: type))
    let plan = try CompiledGraph(graph, threads: threads)
    for input in graph.inputs { fill(input, plan) }
    try plan.run()
    let profiles = try (0..<runs).map { _ in try plan.profile() }
    let labels = profiles[0].map { operationKind($0.label) }
    let medians = labels.indices.map { index in profiles.map { $0[index].seconds }.median }
    let kinds = Dictionary(grouping: labels.indices) { labels[$0] }.map { kind, indices in
      BlockReport.Kind(
        kind: kind, count: indices.count, seconds: indices.reduce(0) { $0 + medians[$1] },
        flops: indices.reduce(0) { $0 + profiles[0][$1].flops })
    }
    return BlockReport(
      block: block.rawValue, precision: type, batch: batch, threads: threads,
      seconds: try (0..<runs).map { _ in try seconds(plan.run) }.median,
      kinds: kinds.sorted { $0.seconds > $1.seconds })
  }

  private func fill(_ input: Value, _ plan: CompiledGraph) {
    let numbers = (0..<input.shape.count).map { _ in Float.random(in: -1...1) }
    dmpi_convert(
      plan.pointer(input), input.type == .f32 ? DMPI_ELEMENT_F32 : DMPI_ELEMENT_BF16, numbers,
      DMPI_ELEMENT_F32, Int64(numbers.count))
  }
}

extension TransformerBlock: ExpressibleByArgument {}

/// The median times of a block and of its kinds of operations.
private struct BlockReport: Encodable {
  struct Kind: Encodable {
    let kind: String
    let count: Int
    let seconds: Double
    let flops: Double

    var isProduct: Bool { kind.hasPrefix("convolution") }
  }

  let block: String
  let precision: ElementType
  let batch: Int
  let threads: Int
  let seconds: Double
  /// The slowest first.
  let kinds: [Kind]

  func print() {
    let products = kinds.filter(\.isProduct).reduce(0) { $0 + $1.seconds }
    write(
      "\(block), \(precision.rawValue), batch \(batch), \(threads) threads: %.3f ms", 1e3 * seconds)
    for kind in kinds {
      write(
        "%8.3f ms %4.0f %% of the products %6.0f GFLOP/s %3d × \(kind.kind)", 1e3 * kind.seconds,
        100 * kind.seconds / products, kind.flops / kind.seconds / 1e9, kind.count)
    }
  }

  private func write(_ format: String, _ arguments: any CVarArg...) {
    Swift.print(String(format: format, arguments: arguments))
  }
}
