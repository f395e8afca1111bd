import Compute
import Diffusion
import Model
import Testing

/// Compares the outputs of networks with those of the reference under PyTorch, in f32.
@Suite struct NetworkParityTests {
  /// The largest allowed difference, relative to the largest value.
  static let forwardTolerance: Float = 2e-5
  static let gradientTolerance: Float = 1e-4

  @Test(arguments: Fixtures.networks.unets + Fixtures.networks.upsamplers)
  func `a UNet equals the reference's in every layer and in its output`(
    _ fixture: NetworkCase<UNetConfiguration>
  ) throws {
    let reader = try fixtureReader(weightSeed: fixture.weightSeed, bundled: "unet") {
      _ = UNet($0, fixture.configuration)
    }
    let network = UNet(reader, fixture.configuration)
    let graph = Graph()
    let inputs = network.describe(in: graph, batch: fixture.batch, type: .f32).inputs
    let plan = try run(fixture, graph, inputs)

    #expect(reader.expected.count == fixture.parameterTensors)
    #expect(reader.count == fixture.parameterElements)
    try compareLayers(fixture, plan, graph)
    let expected = try Fixtures.tensors(fixture.name).tensors["output"]!.tensor()
    let output = plan.read(graph.outputs["prediction"]!)
    #expect(relativeDifference(output, expected.elements) <= Self.forwardTolerance)
  }

  @Test(arguments: Fixtures.networks.classifiers)
  func `a classifier equals the reference's in every layer, its output and its input gradient`(
    _ fixture: NetworkCase<ClassifierConfiguration>
  ) throws {
    let reader = try fixtureReader(weightSeed: fixture.weightSeed, bundled: "classifier") {
      _ = NoisyClassifier($0, fixture.configuration)
    }
    let network = NoisyClassifier(reader, fixture.configuration)
    let graph = Graph()
    let inputs = network.describe(in: graph, batch: fixture.batch, type: .f32).inputs
    let plan = try run(fixture, graph, inputs)

    #expect(reader.expected.count == fixture.parameterTensors)
    #expect(reader.count == fixture.parameterElements)
    try compareLayers(fixture, plan, graph)
    let expected = try Fixtures.tensors(fixture.name).tensors
    let logits = relativeDifference(
      plan.read(graph.outputs["logits"]!), try expected["logits"]!.tensor().elements)
    #expect(logits <= Self.forwardTolerance)
    let gradient = relativeDifference(
      plan.read(graph.outputs["gradient"]!), try expected["gradient"]!.tensor().elements)
    #expect(gradient <= Self.gradientTolerance)
  }

  private func run<Configuration>(
    _ fixture: NetworkCase<Configuration>, _ graph: Graph, _ inputs: NetworkInputs
  ) throws -> CompiledGraph {
    let plan = try CompiledGraph(graph, threads: 2, keeping: Set(graph.probes.values))
    let shape = inputs.images.shape
    let x = torchNormal([shape.batch, 3, shape.height, shape.width], seed: fixture.inputSeed)
    let images = fixture.lowSide.map { withEnlarged(x, fixture, lowSide: $0) } ?? x.elements
    _ = plan.floats(inputs.images).update(from: images)
    _ = plan.floats(inputs.timesteps!).update(from: fixture.timesteps)
    if let labels = inputs.labels {
      _ = plan.floats(labels).update(from: fixture.labels!.map(Float.init))
    }
    try plan.run()
    return plan
  }

  /// Returns the channels of each image, followed by those of an enlarged one.
  private func withEnlarged<Configuration>(
    _ x: Tensor, _ fixture: NetworkCase<Configuration>, lowSide: Int
  ) -> [Float] {
    let images = Latents(x)
    let small = Latents(
      torchNormal([x.shape[0], 3, lowSide, lowSide], seed: fixture.inputSeed + 1))
    let enlarged = BilinearEnlargement.enlarge(small, to: images.shape)
    return (0..<images.batch).flatMap {
      images.values(ofImage: $0) + enlarged.values(ofImage: $0)
    }
  }

  private func compareLayers<Configuration>(
    _ fixture: NetworkCase<Configuration>, _ plan: CompiledGraph, _ graph: Graph
  ) throws {
    let expected = try Fixtures.tensors(fixture.name).tensors
    for layer in fixture.layers {
      guard let value = graph.probes[layer.name] else {
        // If there are labels, the embedding of the timestep is never computed separately. The same
        // product adds the embedding of the label.
        #expect(layer.name == "time_embed" && fixture.labels != nil)
        continue
      }
      let actual = plan.planes(value)
      #expect(actual.count == layer.shape.reduce(1, *))
      let sample = stride(from: 0, to: actual.count, by: layer.stride).map { actual[$0] }
      let difference = relativeDifference(
        sample, try expected["layers.\(layer.name)"]!.tensor().elements, largest: layer.largest)
      #expect(difference <= Self.forwardTolerance, "\(layer.name) differs by \(difference)")
    }
  }
}
