import Checkpoint
import Compute
import Diffusion
import Model
import Testing

/// Compares small models of every published configuration of latent-diffusion with CompVis' code under
/// PyTorch, in f32.
@Suite struct LatentParityTests {
  /// The largest allowed difference, relative to the largest value.
  private static let tolerance: Float = 2e-5

  @Test(arguments: LatentFixtures.networks.cases)
  func `a denoiser equals latent-diffusion's in every layer and in its output`(
    _ fixture: LatentNetworkCase
  ) throws {
    let network = try LatentFixtures.unet(fixture.name)
    let timesteps = LatentFixtures.networks.timesteps
    let graph = Graph()
    let inputs = network.describe(in: graph, batch: timesteps.count, type: .f32).inputs
    let plan = try CompiledGraph(graph, threads: 2, keeping: Set(graph.probes.values))
    let shape = inputs.images.shape
    let x = torchNormal(
      [shape.batch, shape.channels, shape.height, shape.width], seed: fixture.seed)
    _ = plan.floats(inputs.images).update(from: x.elements)
    _ = plan.floats(inputs.timesteps!).update(from: timesteps)
    if let labels = inputs.labels {
      _ = plan.floats(labels).update(from: fixture.labels!.map(Float.init))
    }
    try plan.run()

    let expected = try Fixtures.tensors("latent/networks").tensors
    for layer in fixture.layers {
      let actual = plan.planes(try #require(graph.probes[layer.name], "\(layer.name)"))
      let sample = stride(from: 0, to: actual.count, by: layer.stride).map { actual[$0] }
      let difference = relativeDifference(
        sample, try expected["\(fixture.name).layers.\(layer.name)"]!.tensor().elements,
        largest: layer.largest)
      #expect(difference <= Self.tolerance, "\(layer.name) differs by \(difference)")
    }
    let output = try expected["\(fixture.name).output"]!.tensor().elements
    let difference = relativeDifference(plan.read(graph.outputs["prediction"]!), output)
    #expect(difference <= Self.tolerance)
  }

  @Test(arguments: LatentFixtures.networks.cases)
  func `a denoiser has the parameters of latent-diffusion's`(_ fixture: LatentNetworkCase) throws {
    let reader = ParameterReader(shapesOnly: ())
    _ = UNet(reader, try LatentFixtures.config(fixture.name).unet)
    #expect(reader.expected.count == fixture.parameterTensors)
    #expect(reader.count == fixture.parameterElements)
  }

  @Test(arguments: LatentFixtures.runs)
  func `a run ends at latent-diffusion's latents`(_ fixture: LatentRunCase) throws {
    let network = try LatentFixtures.unet(fixture.model)
    let config = try LatentFixtures.config(fixture.model)
    let process = DiffusionConfiguration(try #require(config.process), steps: config.steps)
    let prepared = try PreparedNetwork(network, batch: fixture.seeds.count, type: .f32)
    let shape = Architecture.unet(network.configuration).imageShape
    let labels = fixture.labels?.map(Label.of) ?? fixture.seeds.map { _ in Label.none }
    let null = Label(network.configuration.classCount.map { $0 - 1 })
    let guide =
      fixture.scale == 1
      ? nil
      : try GuidingNetwork(
        prepared, conditioning: Conditioning(labels: labels.map { _ in null }),
        configuration: process, main: process, scale: fixture.scale, shape: shape)
    let denoiser = GuidedDenoiser(
      prepared, guide: guide, configuration: process, clipsDenoised: false,
      conditioning: Conditioning(labels: labels), shape: shape)
    let solver = try fixture.settings.makeSolver(for: process)
    let sampled = try solver.sample(seeds: fixture.seeds, shape: shape, denoiser: denoiser)
    let expected = try Fixtures.tensors("latent/runs").tensors[fixture.name]!.tensor()
    let difference = relativeDifference(sampled.images.values, expected.elements)
    #expect(difference <= Self.tolerance, "\(difference)")
  }
}
