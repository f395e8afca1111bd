// Seconds a guided step of a released architecture with random weights, and where they go.

import ArgumentParser
import Compute
import Diffusion
import Foundation
import Model

struct StepBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step-benchmark",
    abstract: "Time the UNet and the classifier with its gradient on random weights.")

  @Option(help: "A released checkpoint's name.") var model = "64x64_diffusion"
  @Option(help: "A released classifier's name.") var classifier = "64x64_classifier"
  @Option var batch = 4
  @Option var threads = 2
  @Option(help: "f32 or bf16.") var precision = "bf16"
  @Option(help: "Timed runs; the fastest and the median are printed.") var runs = 5
  @Flag(help: "List the operations of a run, the slowest first.") var profile = false

  func run() throws {
    guard let model = ModelPreset.named(model),
      let classifier = ClassifierPreset.all.first(where: { $0.name == classifier }),
      let type = ElementType(rawValue: precision)
    else { throw ValidationError("unknown model, classifier or precision") }
    try time("UNet forward") { graph in
      UNet(randomReader(), model.unet).describe(in: graph, batch: batch, type: type)
    }
    try time("classifier + gradient") { graph in
      NoisyClassifier(randomReader(), classifier.configuration)
        .describe(in: graph, batch: batch, type: type)
    }
  }

  private func time(_ name: String, _ describe: (Graph) -> NetworkInputs) throws {
    let graph = Graph()
    let inputs = describe(graph)
    let plan = try Plan(graph, threads: threads)
    var generator = TorchGenerator(seed: 1)
    generator.fillNormal(plan.floats(inputs.images))
    plan.floats(inputs.timesteps).update(repeating: 500)
    try plan.run()
    let seconds = try (0..<runs).map { _ in
      try ContinuousClock().measure { try plan.run() } / .seconds(1)
    }.sorted()
    print(
      String(
        format: "%@ %@ batch %d: best %.3f s, median %.3f s (%.0f GFLOP, %.0f GFLOP/s)", name,
        precision, batch, seconds[0], seconds[seconds.count / 2], graph.flops / 1e9,
        graph.flops / 1e9 / seconds[0]))
    if profile { try printProfile(plan) }
  }

  private func printProfile(_ plan: Plan) throws {
    let entries = try plan.profile().sorted { $0.seconds > $1.seconds }
    let kinds = Dictionary(grouping: entries) { entry in
      entry.label.split(separator: " ").prefix(2).joined(separator: " ")
    }
    for (kind, group) in kinds.sorted(by: { total($0.value) > total($1.value) }) {
      let flops = group.reduce(0) { $0 + $1.flops }
      print(
        String(
          format: "  %7.1f ms %5.0f GFLOP/s %4d × %@", total(group) * 1e3,
          flops / total(group) / 1e9, group.count, kind))
    }
    for entry in entries.prefix(25) {
      print(
        String(
          format: "    %6.2f ms %5.0f GFLOP/s %@", entry.seconds * 1e3,
          entry.flops / entry.seconds / 1e9, entry.label))
    }
  }

  private func total(_ entries: [(label: String, flops: Double, seconds: Double)]) -> Double {
    entries.reduce(0) { $0 + $1.seconds }
  }

  /// Weights that keep activations of order one, as an initialised network's.
  private func randomReader() -> ParameterReader {
    ParameterReader { _, shape in
      let fanIn = max(1, shape.dropFirst().reduce(1, *))
      let scale = 1 / Float(fanIn).squareRoot()
      var tensor = Tensor(zeros: shape)
      var state: UInt32 = 12345
      for i in tensor.elements.indices {
        state = state &* 1_664_525 &+ 1_013_904_223
        tensor.elements[i] = (Float(state >> 8) / Float(1 << 23) - 1) * scale
      }
      return tensor
    }
  }
}

StepBenchmark.main()
