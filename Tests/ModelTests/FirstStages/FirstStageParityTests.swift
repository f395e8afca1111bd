import Compute
import Diffusion
import Model
import Testing

/// Compares small first stages of every published configuration with those that latent diffusion
/// builds under PyTorch, in f32.
@Suite struct FirstStageParityTests {
  /// The largest allowed difference, relative to the largest value.
  static let tolerance: Float = 2e-5

  @Test(arguments: FirstStageCase.all)
  func `a decoder equals latent diffusion's in every block, its codes and its images`(
    _ fixture: FirstStageCase
  ) throws {
    let network = AutoencoderDecoder(try fixture.reader(), try fixture.configuration())
    let (graph, plan) = try run(network, on: fixture.latents)
    try compareLayers(fixture, of: "decoder.", plan, graph)
    if let codes = graph.probes["quantize"] {
      // Latent diffusion computes z + (code − z), which differs from the code by rounding.
      let expected = try fixture.expected("codes")
      #expect(relativeDifference(plan.planes(codes), expected) <= 1e-6)
    }
    let images = fixture.sample(plan.read(graph.outputs["images"]!))
    let difference = relativeDifference(
      images, try fixture.expected("images"), largest: fixture.largest)
    #expect(difference <= Self.tolerance, "\(difference)")
  }

  @Test(arguments: FirstStageCase.all)
  func `an encoder equals latent diffusion's in every block and its moments`(
    _ fixture: FirstStageCase
  ) throws {
    let network = AutoencoderEncoder(try fixture.reader(), try fixture.configuration())
    let (graph, plan) = try run(network, on: fixture.images)
    try compareLayers(fixture, of: "encoder.", plan, graph)
    let moments = plan.read(graph.outputs["moments"]!)
    let difference = relativeDifference(moments, try fixture.expected("moments"))
    #expect(difference <= Self.tolerance, "\(difference)")
  }

  @Test(arguments: FirstStageCase.all)
  func `the settings in the YAML file and the tensors give the same architecture`(
    _ fixture: FirstStageCase
  ) throws {
    let shapes = try fixture.shapes()
    #expect(shapes.count == fixture.parameterTensors)
    var found = try AutoencoderConfiguration(
      shapes: Dictionary(uniqueKeysWithValues: shapes.map { ($0.name, $0.shape) }))
    let stated = try fixture.configuration()
    // No tensor shows the size of the images, and which network searches the table.
    found = found.forImages(height: stated.imageHeight, width: stated.imageWidth)
    if case .vq = stated.kind { found.kind = stated.kind }
    #expect(found == stated)
  }

  @Test(arguments: FirstStageCase.all.filter { $0.target.hasSuffix("AutoencoderKL") })
  func `a latent is drawn from the moments with the given noise, or is their mean`(
    _ fixture: FirstStageCase
  ) throws {
    let configuration = try fixture.configuration()
    let reader = try fixture.reader()
    let encoder = try PreparedEncoder(configuration, scaling: LatentScaling()) {
      try PreparedNetwork(AutoencoderEncoder(reader, configuration), batch: 1, type: .f32)
    }
    let images = Latents(try fixture.images)
    let noise = Latents(torchNormal(try fixture.latents.shape, seed: fixture.seed + 2))
    let drawn = try encoder.encode(images, noise: noise)
    #expect(
      relativeDifference(drawn.values, try fixture.expected("sample")) <= Self.tolerance)
    let moments = Latents(
      Tensor(
        shape: [FirstStageCase.batch, 2 * configuration.latentChannels]
          + (try fixture.latents.shape[2...]), elements: try fixture.expected("moments")))
    let means = (0..<FirstStageCase.batch).flatMap {
      moments[$0].prefix(configuration.latentShape.count)
    }
    #expect(relativeDifference(try encoder.encode(images).values, means) <= Self.tolerance)
  }

  private func run(
    _ network: any Network, on input: Tensor
  ) throws -> (graph: Graph, plan: CompiledGraph) {
    let graph = Graph()
    let inputs = network.describe(in: graph, batch: FirstStageCase.batch, type: .f32).inputs
    let plan = try CompiledGraph(graph, threads: 2, keeping: Set(graph.probes.values))
    _ = plan.floats(inputs.images).update(from: input.elements)
    try plan.run()
    return (graph, plan)
  }

  /// - Parameter network: the beginning of the names of the blocks to compare.
  private func compareLayers(
    _ fixture: FirstStageCase, of network: String, _ plan: CompiledGraph, _ graph: Graph
  ) throws {
    let other = network == "decoder." ? "encoder." : "decoder."
    var compared = 0
    for layer in fixture.layers where !layer.name.hasPrefix(other) {
      guard let value = graph.probes[layer.name] else {
        #expect(!layer.name.hasPrefix(network), "\(layer.name) is missing")
        continue
      }
      let actual = plan.planes(value)
      #expect(actual.count == layer.shape.reduce(1, *))
      let sample = stride(from: 0, to: actual.count, by: layer.stride).map { actual[$0] }
      let expected = try fixture.expected("layers.\(layer.name)")
      let difference = relativeDifference(sample, expected, largest: layer.largest)
      #expect(difference <= Self.tolerance, "\(layer.name) differs by \(difference)")
      compared += 1
    }
    #expect(compared > 8)
  }
}
