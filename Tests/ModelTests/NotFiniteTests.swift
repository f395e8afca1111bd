import Compute
import Diffusion
import Model
import Testing

/// No operation mixes the images of a batch, so a bad image does not affect the others.
@Suite struct NotFiniteTests {
  static let precisions: [ElementType] = Processor.canComputeBF16 ? [.f32, .bf16] : [.f32]

  /// Returns the prediction and gradient of three images. The second image begins with `values`.
  private func run(
    _ networks: [PreparedNetwork], size: Int, _ values: [Float]
  ) throws -> [[[UInt32]]] {
    let x = Latents(torchNormal([3, 3, size, size], seed: 1))
    for (i, value) in values.enumerated() { x[1][i] = value }
    return try networks.map { network in
      let whole = try network.run(x, time: 500, Conditioning(labels: [.of(1), .of(0), .of(1)]))
      let count = whole.count / 3
      return (0..<3).map { whole[$0 * count..<($0 + 1) * count].map(\.bitPattern) }
    }
  }

  @Test(arguments: Fixtures.networks.unets, precisions)
  func `NaN and infinity in one image do not change a bit of the others in its batch`(
    unet: NetworkCase<UNetConfiguration>, precision: ElementType
  ) throws {
    let reader = try fixtureReader(weightSeed: unet.weightSeed, bundled: "unet") {
      _ = UNet($0, unet.configuration)
    }
    // The bundled classifier fits only the bundled UNet.
    let guide = try unet.weightSeed == nil ? bundledClassifier() : nil
    let networks =
      try [PreparedNetwork(UNet(reader, unet.configuration), batch: 3, type: precision)]
      + (guide.map { [try PreparedNetwork($0, scale: 2, batch: 3, type: precision)] } ?? [])
    let size = unet.configuration.imageSize
    let clean = try run(networks, size: size, [])
    for values in [[.nan], [.infinity, -.infinity], [3e38, -3e38]] as [[Float]] {
      let spoiled = try run(networks, size: size, values)
      for (spoiled, clean) in zip(spoiled, clean) {
        #expect(spoiled[0] == clean[0] && spoiled[2] == clean[2])
        #expect(spoiled[1] != clean[1])
      }
      // No operation may convert NaN to a number, because the result would be a wrong image.
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
