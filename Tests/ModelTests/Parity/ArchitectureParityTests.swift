import Checkpoint
import Compute
import Diffusion
import Foundation
import Model
import Testing

/// A small network of a published architecture in architectures.json.
struct ArchitectureCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let seed: Int
  let stride: Int
  let largest: Float

  var testDescription: String { name }
}

/// Compares small networks with the levels, heads, attention and blocks of the published models with
/// those that the authors' own packages build, in f32.
@Suite struct ArchitectureParityTests {
  private struct Cases: Decodable {
    let timestep: Float
    let label: Int
    let cases: [ArchitectureCase]
  }

  private static let fixture: Cases = Fixtures.decoded("architectures.json")

  @Test
  func `every architecture of the presets is compared`() {
    let compared = Self.fixture.cases.compactMap { Self.preset($0)?.unet.signature }
    for preset in ModelPreset.all where !preset.isSuperResolution && preset.latents == nil {
      #expect(compared.contains(preset.unet.signature), "\(preset.name)")
    }
  }

  @Test(arguments: fixture.cases)
  func `a preset's network equals that of its authors' package`(_ fixture: ArchitectureCase)
    throws
  {
    let configuration = try #require(Self.preset(fixture)).unet.reduced
    let reader = try fixtureReader(weightSeed: fixture.seed, bundled: "unet") {
      _ = UNet($0, configuration)
    }
    let network = try PreparedNetwork(UNet(reader, configuration), batch: 1, type: .f32)
    let size = configuration.imageSize
    let x = Latents(torchNormal([1, 3, size, size], seed: fixture.seed))
    let label = Label(configuration.classCount.map { _ in Self.fixture.label })
    let output = Array(
      try network.run(x, time: Self.fixture.timestep, Conditioning(labels: [label])))
    let expected = try Fixtures.tensors("architectures").tensors[fixture.name]!.tensor()
    let sample = stride(from: 0, to: output.count, by: fixture.stride).map { output[$0] }
    let difference = relativeDifference(sample, expected.elements, largest: fixture.largest)
    #expect(difference <= NetworkParityTests.forwardTolerance, "\(difference)")
  }

  /// The preset that a fixture was made for.
  private static func preset(_ fixture: ArchitectureCase) -> ModelPreset? {
    ModelPreset.named(fixture.name)
  }
}

extension UNetConfiguration {
  /// The same architecture with fewer channels, classes and pixels, as in
  /// scripts/fixtures/architectures.py.
  fileprivate var reduced: UNetConfiguration {
    var small = self
    small.imageSize = 1 << channelMultipliers.count
    small.modelChannels = channelMultipliers.contains(0.5) ? 64 : 32
    small.classCount = classCount.map { _ in 10 }
    if case .channelsEach = heads { small.heads = .channelsEach(16) }
    return small
  }
}
