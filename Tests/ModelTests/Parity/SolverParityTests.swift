import Compute
import Diffusion
import Foundation
import Model
import Testing

/// A complete run of a fast sampler in solver-runs.json.
struct SolverRunCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  /// Cases of networks.json, or `nil` for the bundled model.
  let unet: String?
  let classifier: String?
  let diffusion: DiffusionConfiguration?
  let sampler: SolverSettings.Name
  let steps: String
  let order: Int
  let spacing: NodeSpacing
  let end: Grid.End
  let lowersOrderAtEnd: Bool
  let threshold: String
  let churn: ChurnCase?
  let classifierScale: Float
  let seeds: [UInt64]
  let labels: [Int]

  struct ChurnCase: Decodable, Sendable {
    let amount: Double
    let range: [Double]
    let noise: Double
  }

  var testDescription: String { name }

  var settings: SolverSettings {
    let multistep = SolverSettings.Multistep(
      spacing: spacing, end: end, lowersOrderAtEnd: lowersOrderAtEnd)
    let method: SolverSettings.Method =
      switch sampler {
      case .ddpm: .ddpm
      case .ddim: .ddim(eta: 0)
      case .dpmpp2M: .dpmpp2M(multistep)
      case .uniPC: .uniPC(multistep, order: order)
      case .heun:
        .heun(
          churn.map {
            .init(amount: $0.amount, range: $0.range[0]...$0.range[1], noise: $0.noise)
          } ?? .none)
      }
    return SolverSettings(method, steps: steps)
  }

  var limit: Threshold {
    switch threshold {
    case "dynamic": .dynamic(percentile: Threshold.usualPercentile)
    case "static": .fixed
    default: .none
    }
  }
}

private struct SolverRunCases: Decodable {
  let runs: [SolverRunCase]
  let bundled: [SolverRunCase]
}

/// Compares complete runs with those of the public samplers under PyTorch, from the same noise. Their
/// state is in float64.
@Suite struct SolverParityTests {
  private static let cases: SolverRunCases = Fixtures.decoded("solver-runs.json")
  static let runs = cases.runs + cases.bundled

  @Test(arguments: runs)
  func `a run gives the public sampler's images: 99.5 % of bytes equal, none off by over 2`(
    _ fixture: SolverRunCase
  ) throws {
    let images = try sample(fixture)
    let expected = try Fixtures.tensors("solver-runs").tensors["\(fixture.name).images"]!.tensor()
    let differences = zip(images, expected.elements).map { abs(Float($0) - $1) }
    let equal = Double(differences.count { $0 == 0 }) / Double(differences.count)
    #expect(images.count == expected.count)
    #expect(equal >= 0.995, "only \(equal * 100) % of the bytes are equal")
    #expect(differences.max()! <= 2)
  }

  private func sample(_ fixture: SolverRunCase) throws -> [UInt8] {
    let bundled = try BundledModel(named: "fashion-mnist")
    let configuration = fixture.diffusion ?? bundled.model.diffusion
    let unet = try fixtureNetwork(
      fixture.unet, of: Fixtures.networks.unets, bundled: "unet", UNet.init)
    let classifier = try fixtureNetwork(
      fixture.classifier, of: Fixtures.networks.classifiers, bundled: "classifier",
      NoisyClassifier.init)
    let size = unet.configuration.imageSize
    let shape = Latents.Shape(channels: 3, height: size, width: size)
    let batch = fixture.seeds.count
    let denoiser = GuidedDenoiser(
      try PreparedNetwork(unet, batch: batch, type: .f32),
      classifier: fixture.classifierScale == 0
        ? nil
        : try PreparedNetwork(
          classifier, scale: fixture.classifierScale, batch: batch, type: .f32),
      threshold: fixture.limit, configuration: configuration, clipsDenoised: false,
      conditioning: Conditioning(labels: fixture.labels.map(Label.of)), shape: shape)
    let solver = try fixture.settings.makeSolver(for: configuration)
    let x = try solver.sample(seeds: fixture.seeds, shape: shape, denoiser: denoiser)
    return PixelConversion.rgb8(x.images).flatMap { $0 }
  }
}
