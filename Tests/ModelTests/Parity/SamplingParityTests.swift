import Checkpoint
import Compute
import Diffusion
import Foundation
import Model
import Testing

/// A complete run in runs.json.
struct RunCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  /// Cases of networks.json, or `nil` for the bundled model.
  let unet: String?
  let classifier: String?
  let diffusion: DiffusionConfiguration?
  let sampler: String
  let steps: String
  let eta: Float
  let classifierScale: Float
  let clipsDenoised: Bool
  let seeds: [UInt64]
  let labels: [Int]

  var testDescription: String { name }
}

struct RunCases: Decodable {
  let runs: [RunCase]
  let bundled: [RunCase]
}

/// Compares complete sampling runs with those of the reference under PyTorch, from the same noise.
@Suite struct SamplingParityTests {
  static let cases: RunCases = Fixtures.decoded("runs.json")

  @Test(arguments: cases.runs + cases.bundled)
  func `a run gives the reference's images: 99.5 % of bytes are equal, none is off by over 2`(
    _ fixture: RunCase
  ) throws {
    let images = try sample(fixture, precision: .f32)
    let expected = try Fixtures.tensors("runs").tensors["\(fixture.name).images"]!.tensor()
    let differences = zip(images, expected.elements).map { abs(Float($0) - $1) }
    let equal = Double(differences.count { $0 == 0 }) / Double(differences.count)
    #expect(images.count == expected.count)
    #expect(equal >= 0.995, "only \(equal * 100) % of the bytes are equal")
    #expect(differences.max()! <= 2)
  }

  @Test(
    .enabled(if: Processor.canComputeBF16),
    arguments: cases.bundled.filter { $0.sampler == "ddim" && $0.eta == 0 })
  func `bf16 images of the bundled model have a PSNR of at least 50 dB to f32 under DDIM`(
    _ fixture: RunCase
  ) throws {
    let whole = try sample(fixture, precision: .f32)
    let half = try sample(fixture, precision: .bf16)
    let pixels = whole.count / fixture.seeds.count
    let ratios = fixture.seeds.indices.map { image in
      let range = image * pixels..<(image + 1) * pixels
      let squares = range.map { pow(Double(whole[$0]) - Double(half[$0]), 2) }
      return 10 * log10(255 * 255 / max(squares.reduce(0, +) / Double(pixels), 1e-9))
    }
    let mean = ratios.reduce(0, +) / Double(ratios.count)
    #expect(mean >= 50, "\(ratios)")
  }

  private func sample(_ fixture: RunCase, precision: ElementType) throws -> [UInt8] {
    let bundled = try BundledModel(named: "fashion-mnist")
    let configuration = fixture.diffusion ?? bundled.model.diffusion
    let settings = SolverSettings(
      fixture.sampler == "ddpm" ? .ddpm : .ddim(eta: fixture.eta), steps: fixture.steps)
    let unet = try fixtureNetwork(
      fixture.unet, of: Fixtures.networks.unets, bundled: "unet", UNet.init)
    let classifier = try fixtureNetwork(
      fixture.classifier, of: Fixtures.networks.classifiers, bundled: "classifier",
      NoisyClassifier.init)
    let size = unet.configuration.imageSize
    let shape = Latents.Shape(channels: 3, height: size, width: size)
    let batch = fixture.seeds.count
    let denoiser = GuidedDenoiser(
      try PreparedNetwork(unet, batch: batch, type: precision),
      classifier: fixture.classifierScale == 0
        ? nil
        : try PreparedNetwork(
          classifier, scale: fixture.classifierScale, batch: batch, type: precision),
      configuration: configuration, clipsDenoised: fixture.clipsDenoised,
      conditioning: Conditioning(labels: fixture.labels.map(Label.of)), shape: shape)
    let solver = try settings.makeSolver(for: configuration)
    let x = try solver.sample(seeds: fixture.seeds, shape: shape, denoiser: denoiser)
    return PixelConversion.rgb8(x.images).flatMap { $0 }
  }
}
