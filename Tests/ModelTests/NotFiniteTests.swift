import Compute
import Model
import Testing

/// No operation mixes the images of a batch, so what is wrong with one stays with it.
@Suite struct NotFiniteTests {
  static let precisions: [ElementType] = Processor.canComputeBF16 ? [.f32, .bf16] : [.f32]

  /// Prediction and gradient of three images, the second with `values` at its start.
  private func run(
    _ network: GuidedNetwork, size: Int, _ values: [Float]
  ) throws -> [[[UInt32]]] {
    var x = torchNormal([3, 3, size, size], seed: 1).elements
    x.replaceSubrange(3 * size * size..<3 * size * size + values.count, with: values)
    return try x.withUnsafeBufferPointer { x in
      let output = Array(try network.output(at: x, timestep: 500))
      let gradient = Array(
        try network.guidance(at: x, timestep: 500) ?? .init(start: nil, count: 0))
      return [output, gradient].map { whole in
        let count = whole.count / 3
        return (0..<3).map { whole[$0 * count..<($0 + 1) * count].map(\.bitPattern) }
      }
    }
  }

  @Test(
    "NaN and infinity in one image leave the others of its batch as they are, to the bit",
    arguments: Fixtures.networks.unets, precisions)
  func neighbours(unet: NetworkCase<UNetConfiguration>, precision: ElementType) throws {
    let reader = try fixtureReader(weightSeed: unet.weightSeed, bundled: "unet") {
      _ = UNet($0, unet.configuration)
    }
    // The bundled classifier fits the bundled UNet alone.
    let guide = try unet.weightSeed == nil ? bundledClassifier() : nil
    let network = try GuidedNetwork(
      unet: UNet(reader, unet.configuration), classifier: guide, scale: 2, batchSize: 3,
      precision: precision, threads: 2)
    network.setLabels([1, 0, 1])
    let size = unet.configuration.imageSize
    let clean = try run(network, size: size, [])
    for values in [[.nan], [.infinity, -.infinity], [3e38, -3e38]] as [[Float]] {
      let spoiled = try run(network, size: size, values)
      for (spoiled, clean) in zip(spoiled, clean) {
        #expect(spoiled[0] == clean[0] && spoiled[2] == clean[2])
        #expect(spoiled[1] != clean[1] || clean[1].isEmpty)
      }
      // Nothing on the way may take NaN for a number: it would end as a wrong image.
      if values != [3e38, -3e38] {
        #expect(spoiled[0][1].allSatisfy { Float(bitPattern: $0).isNaN })
      }
    }
  }

  private func bundledClassifier() throws -> NoisyClassifier {
    let configuration = try #require(
      Fixtures.networks.classifiers.first { $0.weightSeed == nil }
    ).configuration
    let reader = try fixtureReader(weightSeed: nil, bundled: "classifier") {
      _ = NoisyClassifier($0, configuration)
    }
    return NoisyClassifier(reader, configuration)
  }
}
