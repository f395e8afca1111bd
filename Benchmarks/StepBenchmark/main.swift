// Seconds a network takes for one batch, and where they go.

import ArgumentParser
import Checkpoint
import Compute
import Diffusion
import Foundation
import Model

/// Times a checkpoint of a released architecture; scripts/benchmark.py runs it beside PyTorch.
struct StepBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step-benchmark",
    abstract: "Time the forward pass of a UNet, or a classifier with its gradient.")

  @Argument(help: "A checkpoint of a released architecture.") var file: String
  @Option var batch = 4
  @Option var threads = 2
  @Option(help: "f32 or bf16.") var precision = "bf16"
  @Option(help: "Timed runs.") var runs = 5
  @Option(help: "Write the result, as raw f32 in NCHW order, to this file.") var dump: String?
  @Flag(help: "List the operations of a run, the slowest first.") var profile = false

  func run() throws {
    guard let type = ElementType(rawValue: precision) else {
      throw ValidationError("--precision is f32 or bf16")
    }
    let checkpoint = try CheckpointFile.open(file)
    let graph = Graph()
    let isUNet = checkpoint.tensors.keys.contains { $0.hasPrefix("output_blocks.") }
    let inputs: NetworkInputs
    if isUNet {
      let description = try ModelDescription(shapes: checkpoint.shapes, flags: nil)
      inputs = try NetworkFile.unet(checkpoint, description.unet)
        .describe(in: graph, batch: batch, type: type)
    } else {
      let description = try ClassifierDescription(
        shapes: checkpoint.shapes, flags: nil, imageSize: nil)
      inputs = try NetworkFile.classifier(checkpoint, description.configuration)
        .describe(in: graph, batch: batch, type: type)
    }
    let plan = try Plan(graph, threads: threads)
    fill(inputs, plan)
    try plan.run()
    try time(plan, graph)
    if profile { try printProfile(plan) }
    if let dump {
      let result = plan.floats(graph.outputs[isUNet ? "prediction" : "gradient"]!)
      try Data(buffer: result).write(to: URL(fileURLWithPath: dump))
    }
  }

  /// randn of seed 1 at timestep 500, image i with label i.
  private func fill(_ inputs: NetworkInputs, _ plan: Plan) {
    var generator = TorchGenerator(seed: 1)
    generator.fillNormal(plan.floats(inputs.images))
    plan.floats(inputs.timesteps).update(repeating: 500)
    guard let labels = inputs.labels.map(plan.floats) else { return }
    for image in 0..<batch { labels[image] = Float(image) }
  }

  private func time(_ plan: Plan, _ graph: Graph) throws {
    let seconds = try (0..<runs).map { _ in
      try ContinuousClock().measure { try plan.run() } / .seconds(1)
    }.sorted()
    print(
      String(
        format: "best %.4f s, median %.4f s, %.1f GFLOP, %.0f GFLOP/s", seconds[0],
        seconds[seconds.count / 2], graph.flops / 1e9, graph.flops / 1e9 / seconds[0]))
  }

  private func printProfile(_ plan: Plan) throws {
    let entries = try plan.profile().sorted { $0.seconds > $1.seconds }
    let kinds = Dictionary(grouping: entries) { entry in
      entry.label.split(separator: " ").prefix(2).joined(separator: " ")
    }
    func line(_ entries: [(label: String, flops: Double, seconds: Double)], _ name: String) {
      let seconds = entries.reduce(0) { $0 + $1.seconds }
      let flops = entries.reduce(0) { $0 + $1.flops }
      print(
        String(
          format: "%8.2f ms %5.0f GFLOP/s %4d × ", seconds * 1e3, flops / seconds / 1e9,
          entries.count) + name)
    }
    for (kind, group) in kinds.sorted(by: { total($0.value) > total($1.value) }) {
      line(group, kind)
    }
    for entry in entries.prefix(20) { line([entry], entry.label) }
  }

  private func total(_ entries: [(label: String, flops: Double, seconds: Double)]) -> Double {
    entries.reduce(0) { $0 + $1.seconds }
  }
}

StepBenchmark.main()
