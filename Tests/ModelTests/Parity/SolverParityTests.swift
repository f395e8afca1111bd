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
  let eta: Float
  let order: Int
  let spacing: NodeSpacing
  let end: Grid.End
  let lowersOrderAtEnd: Bool
  let threshold: Threshold.Kind
  let churn: ChurnCase?
  let classifierScale: Float
  let seeds: [UInt64]
  let labels: [Int]

  var testDescription: String { name }

  var settings: SolverSettings {
    let multistep = SolverSettings.Multistep(
      spacing: spacing, end: end, lowersOrderAtEnd: lowersOrderAtEnd)
    let method: SolverSettings.Method =
      switch sampler {
      case .ddpm: .ddpm
      case .ddim: .ddim(eta: 0)
      case .dpmpp2M: .dpmpp2M(multistep, eta: eta)
      case .uniPC: .uniPC(multistep, order: order)
      case .heun: .heun(churn?.churn ?? .none)
      case .consistency: .consistency
      case .plms: .plms
      case .euler: .euler
      case .eulerMaruyama: .eulerMaruyama
      }
    return SolverSettings(method, steps: steps)
  }
}

/// The churn of a run of Heun's method.
struct ChurnCase: Decodable, Sendable {
  let amount: Double
  let range: [Double]
  let noise: Double

  var churn: Heun.Churn { .init(amount: amount, range: range[0]...range[1], noise: noise) }
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
    try expectFixture(try sample(fixture), fixture.name, of: "solver-runs")
  }

  private func sample(_ fixture: SolverRunCase) throws -> [UInt8] {
    try sampledFixture(
      unet: fixture.unet, classifier: fixture.classifier,
      classifierScale: fixture.classifierScale, diffusion: fixture.diffusion,
      settings: fixture.settings, clipsDenoised: false, threshold: Threshold(fixture.threshold),
      seeds: fixture.seeds, labels: fixture.labels, precision: .f32)
  }
}
