import Checkpoint
import Compute
import Diffusion
import Model
import Testing

/// Compares diffusion transformers and their samplers with the public code under PyTorch, in f32.
@Suite struct TransformerParityTests {
  static let tolerance: Float = 2e-5
  static let cases = TransformerCases.all

  @Test(arguments: cases.networks)
  func `a transformer equals the public one in every block and in its output`(
    _ fixture: TransformerCase
  ) throws {
    let reader = try fixture.reader()
    let network = DiffusionTransformer(reader, fixture.configuration)
    let graph = Graph()
    let inputs = network.describe(in: graph, batch: fixture.batch, type: .f32).inputs
    let plan = try CompiledGraph(graph, threads: 2, keeping: Set(graph.probes.values))
    let shape = inputs.images.shape
    let x = torchNormal(
      [shape.batch, shape.channels, shape.height, shape.width], seed: fixture.inputSeed)
    _ = plan.floats(inputs.images).update(from: x.elements)
    _ = plan.floats(try #require(inputs.timesteps)).update(from: fixture.timesteps)
    _ = plan.floats(try #require(inputs.labels)).update(from: fixture.labels.map(Float.init))
    try plan.run()

    #expect(reader.expected.count == fixture.parameterTensors)
    #expect(reader.count == fixture.parameterElements)
    for layer in fixture.layers {
      let actual = plan.read(try #require(graph.probes[layer.name]))
      let sample = stride(from: 0, to: actual.count, by: layer.stride).map { actual[$0] }
      let expected = try TransformerCases.tensor("\(fixture.name).layers.\(layer.name)").elements
      let difference = relativeDifference(sample, expected, largest: layer.largest)
      #expect(difference <= Self.tolerance, "\(layer.name) differs by \(difference)")
    }
    let output = plan.read(try #require(graph.outputs["prediction"]))
    let expected = Self.kept(
      try TransformerCases.tensor("\(fixture.name).output"),
      fixture.configuration.resultChannels)
    let difference = relativeDifference(output, expected)
    #expect(difference <= Self.tolerance, "the output differs by \(difference)")
  }

  /// Returns the first channels of a tensor [N, C, H, W].
  static func kept(_ tensor: Tensor, _ channels: Int) -> [Float] {
    let image = tensor.shape[1...].reduce(1, *)
    let kept = image / tensor.shape[1] * channels
    return (0..<tensor.shape[0]).flatMap { tensor.elements[$0 * image..<$0 * image + kept] }
  }

  @Test(arguments: cases.runs)
  func `a run gives the public sampler's latents`(_ run: TransformerRun) throws {
    let samples = try run.sample(Array(run.seeds.indices)).flatMap { $0 }
    let expected = try TransformerCases.tensor("\(run.name).x").elements
    let difference = relativeDifference(samples, expected)
    #expect(difference <= Self.tolerance, "the latents differ by \(difference)")
  }

  @Test(arguments: ["dit-ddpm", "sit-sde", "repa-euler", "repa-unipc"])
  func `an image does not depend on the others of its batch`(_ name: String) throws {
    let run = try #require(Self.cases.runs.first { $0.name == name })
    let together = try run.sample([0, 1, 2])
    // A network may round differently in a batch of another size.
    #expect(try run.sample([2, 0, 1]) == [together[2], together[0], together[1]])
  }

  @Test(
    .enabled(if: Processor.canComputeBF16, "the processor has no bfloat16"),
    arguments: ["dit-ddpm", "sit-sde", "repa-euler"])
  func `bfloat16 changes latents little`(_ name: String) throws {
    let run = try #require(Self.cases.runs.first { $0.name == name })
    let places = Array(run.seeds.indices)
    let expected = try run.sample(places).flatMap { $0 }
    let samples = try run.sample(places, precision: .bf16).flatMap { $0 }
    let squares = zip(samples, expected).reduce(0) { $0 + pow2(Double($1.0 - $1.1)) }
    let power = expected.reduce(0) { $0 + pow2(Double($1)) }
    #expect(squares / power < 5e-5)
  }

  private func pow2(_ x: Double) -> Double { x * x }

  @Test(arguments: [(4, 64), (5, 48)])
  func `computed positions are those of DiT`(_ side: Int, _ width: Int) throws {
    var configuration = try #require(Self.cases.networks.first).configuration
    (configuration.imageSize, configuration.width) = (2 * side, width)
    configuration.storesPositions = false
    let expected = try TransformerCases.tensor("positions.\(side).\(width)").elements
    #expect(
      relativeDifference(PositionTable(side: side, width: width).tensor.elements, expected) < 1e-6)
  }
}
