import Compute
import Diffusion
import Model
import Testing

/// Decoders as a job uses them.
@Suite struct PreparedDecoderTests {
  private let fixture = FirstStageCase.named("kl-f8")

  private func decoder(
    scaling: LatentScaling = LatentScaling(), threads: Int = 2, activations: AlignedBuffer? = nil
  ) throws -> PreparedDecoder {
    let configuration = try fixture.configuration()
    let network = AutoencoderDecoder(try fixture.reader(), configuration)
    return try PreparedDecoder(configuration, scaling: scaling) {
      try PreparedNetwork(threads: threads, activations: activations) {
        network.describe(in: $0, batch: 1, type: .f32)
      }
    }
  }

  @Test
  func `images are decoded one at a time, and equal those of latent diffusion`() throws {
    let images = try decoder().decode(Latents(fixture.latents))
    #expect(images.batch == FirstStageCase.batch)
    let difference = relativeDifference(
      fixture.sample(images.values), try fixture.expected("images"), largest: fixture.largest)
    #expect(difference <= FirstStageParityTests.tolerance)
  }

  @Test
  func `an image does not depend on its batch or the number of threads`() throws {
    let latents = Latents(try fixture.latents)
    let both = try decoder().decode(latents)
    let second = try decoder(threads: 1).decode(Latents(latents, image: 1))
    #expect(second.values == both.values(ofImage: 1))
  }

  @Test
  func `the scale of the latents is removed first`() throws {
    let latents = Latents(try fixture.latents)
    let plain = try decoder().decode(latents)
    let scaling = LatentScaling(
      factor: 0.5, mean: [0.25, -1, 0, 2], deviation: [1, 0.5, 4, 2])
    scaling.scale(latents)
    let scaled = try decoder(scaling: scaling).decode(latents)
    #expect(relativeDifference(scaled.values, plain.values) <= 1e-5)
  }

  @Test
  func `the memory of activations may be shared with other networks`() throws {
    let activations = try AlignedBuffer(byteCount: 64 << 20)
    let shared = try decoder(activations: activations)
    let latents = Latents(try fixture.latents)
    let images = try shared.decode(latents)
    #expect(images.values == (try decoder().decode(latents)).values)
    #expect(shared.workingBytes < (try decoder()).workingBytes)
  }

  @Test
  func `statistics of another number of channels are refused`() throws {
    #expect(throws: LatentScalingError.channels(3, latent: 4)) {
      try decoder(scaling: LatentScaling(mean: [0, 0, 0]))
    }
  }

  @Test
  func `the encoder's latents are scaled as the decoder expects them`() throws {
    let configuration = try fixture.configuration()
    let reader = try fixture.reader()
    func latents(_ scaling: LatentScaling) throws -> [Float] {
      try PreparedEncoder(configuration, scaling: scaling) {
        try PreparedNetwork(AutoencoderEncoder(reader, configuration), batch: 1, type: .f32)
      }.encode(Latents(fixture.images)).values
    }
    let plain = try latents(LatentScaling())
    let scaled = try latents(.stableDiffusion)
    #expect(zip(scaled, plain).allSatisfy { abs($0 - Float(0.18215) * $1) <= 1e-6 })
  }

  @Test
  func `non-square images are decoded and encoded`() throws {
    let configuration = try fixture.configuration().forLatents(height: 3, width: 5)
    let decoder = Architecture.decoder(configuration)
    #expect(decoder.imageShape == .init(channels: 4, height: 3, width: 5))
    let encoder = Architecture.encoder(configuration)
    #expect(encoder.imageShape == .init(channels: 3, height: 24, width: 40))
    let reader = try fixture.reader()
    let network = AutoencoderDecoder(reader, configuration)
    let images = try PreparedDecoder(configuration, scaling: LatentScaling()) {
      try PreparedNetwork(network, batch: 1, type: .f32)
    }.decode(Latents(torchNormal([1, 4, 3, 5], seed: 1)))
    #expect(images.shape == .init(channels: 3, height: 24, width: 40))
    #expect(images.isFinite(image: 0))
  }
}
