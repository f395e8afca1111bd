import ArgumentParser
import Checkpoint
import Compute
import Diffusion
import Foundation
import Model

/// The options for the network and the size of its input.
struct NetworkOptions: ParsableArguments {
  @Argument(
    help: "A checkpoint of a released architecture, or one that lies beside its model.json.")
  var file: String
  @Option var batch = 4
  @Option var threads = 2
  @Option(help: "f32 or bf16.") var precision = ElementType.bf16

  func validate() throws {
    guard batch > 0 && threads > 0 else {
      throw ValidationError("--batch and --threads are at least 1")
    }
    guard precision == .f32 || Processor.canComputeBF16 else {
      throw ValidationError("this processor computes no bf16 with oneDNN: give --precision f32")
    }
  }

  /// Compiles the network and fills its inputs.
  func prepare() throws -> TimedNetwork {
    let checkpoint = try CheckpointFile.open(file)
    let graph = Graph()
    let isUNet = checkpoint.tensors.keys.contains { $0.hasPrefix("output_blocks.") }
    let (inputs, classes) =
      try isUNet ? describeUNet(checkpoint, graph) : describeClassifier(checkpoint, graph)
    let compiled = try CompiledGraph(graph, threads: threads)
    fill(inputs, classes: classes, compiled)
    return TimedNetwork(
      network: compiled, result: graph.outputs[isUNet ? "prediction" : "gradient"]!)
  }

  private func describeUNet(
    _ checkpoint: CheckpointFile, _ graph: Graph
  ) throws -> (NetworkInputs, classes: Int) {
    let model =
      try bundled()?.model
      ?? ModelDescription(shapes: checkpoint.shapes, flags: nil, isUpsampler: nil)
    guard let configuration = model.unet else { throw ValidationError("\(file) holds no UNet") }
    let network = try NetworkFile.unet(checkpoint, configuration)
    let inputs = network.describe(in: graph, batch: batch, type: precision).inputs
    return (inputs, configuration.classCount ?? 1)
  }

  private func describeClassifier(
    _ checkpoint: CheckpointFile, _ graph: Graph
  ) throws -> (NetworkInputs, classes: Int) {
    let configuration =
      try bundled()?.classifier?.configuration
      ?? ClassifierDescription(
        shapes: checkpoint.shapes, flags: nil, imageSize: nil
      ).configuration
    let network = try NetworkFile.classifier(checkpoint, configuration)
    let inputs = network.describe(in: graph, batch: batch, type: precision).inputs
    return (inputs, configuration.classCount)
  }

  /// Returns the model in whose folder the file is.
  private func bundled() throws -> BundledModel? {
    let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
    let description = folder.appendingPathComponent("model.json")
    guard FileManager.default.fileExists(atPath: description.path) else { return nil }
    return try BundledModel(
      named: folder.lastPathComponent, in: folder.deletingLastPathComponent())
  }

  /// Fills the inputs with randn of seed 1, at timestep 500, with label i for image i.
  private func fill(_ inputs: NetworkInputs, classes: Int, _ plan: CompiledGraph) {
    var generator = TorchGenerator(seed: 1)
    generator.fillNormal(plan.floats(inputs.images))
    inputs.timesteps.map(plan.floats)?.update(repeating: 500)
    guard let labels = inputs.labels.map(plan.floats) else { return }
    for image in 0..<batch { labels[image] = Float(image % classes) }
  }
}

extension ElementType: ExpressibleByArgument {}
