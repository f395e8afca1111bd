import Checkpoint
import Compute
import Diffusion
import Model
import Testing

/// The input of networks that depends on the class of an image.
@Suite struct LabelTests {
  private static let size = 16

  private func configuration(
    classCount: Int?, nullClass: Int? = nil, latentChannels: Int? = nil
  ) -> UNetConfiguration {
    UNetConfiguration(
      imageSize: Self.size, inChannels: latentChannels ?? 3, modelChannels: 32, residualBlocks: 1,
      channelMultipliers: [1, 2], attentionDownsamplings: [], heads: .count(2),
      attentionOrder: .legacy, usesScaleShiftNorm: true, resamplesInResidualBlocks: false,
      classCount: classCount, nullClass: nullClass, learnsSigma: false,
      latentChannels: latentChannels)
  }

  private func network(_ configuration: UNetConfiguration) throws -> PreparedNetwork {
    let reader = try fixtureReader(weightSeed: 5, bundled: "") { _ = UNet($0, configuration) }
    return try PreparedNetwork(UNet(reader, configuration), batch: 2, type: .f32)
  }

  private func output(
    _ network: PreparedNetwork, channels: Int = 3, _ labels: Label...
  ) throws -> [Float] {
    let x = Latents(torchNormal([2, channels, Self.size, Self.size], seed: 1))
    return Array(try network.run(x, time: 300, Conditioning(labels: labels)))
  }

  @Test
  func `the null label is the class that stands for no class`() throws {
    let network = try network(configuration(classCount: 4, nullClass: 3))
    let output = try output(network, .null, .of(1))
    #expect(try output == self.output(network, .of(3), .of(1)))
    #expect(try output != self.output(network, .of(0), .of(1)))
  }

  @Test
  func `a network without labels does not depend on labels`() throws {
    let network = try network(configuration(classCount: nil))
    #expect(try output(network, .none, .none) == output(network, .of(2), .null))
  }

  @Test(arguments: [
    (Label.none, LabelError.missing), (.null, .noNullClass),
    (.of(4), .unknownClass(4, count: 4)), (.of(-1), .unknownClass(-1, count: 4)),
  ])
  func `a label that a network does not know is refused, not taken for class 0`(
    label: Label, error: LabelError
  ) throws {
    let network = try network(configuration(classCount: 4))
    #expect(throws: error) { try output(network, label, .of(0)) }
  }

  @Test
  func `a null class that is not one of the classes is refused`() {
    #expect(throws: ConfigurationError.self) {
      try configuration(classCount: 4, nullClass: 4).validate()
    }
    #expect(throws: Never.self) { try configuration(classCount: 4, nullClass: 3).validate() }
  }

  @Test
  func `a network of latents takes and returns as many channels as a latent has`() throws {
    let configuration = configuration(classCount: nil, latentChannels: 4)
    #expect(Architecture.unet(configuration).imageShape.channels == 4)
    let output = try output(network(configuration), channels: 4, .none, .none)
    #expect(output.count == 2 * 4 * Self.size * Self.size)
  }
}
