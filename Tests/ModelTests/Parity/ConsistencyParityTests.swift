import Compute
import Diffusion
import Foundation
import Model
import Testing

/// A complete run of openai/consistency_models in consistency-runs.json.
struct ConsistencyRunCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  /// A case of networks.json.
  let unet: String
  let diffusion: DiffusionConfiguration
  let sampler: String
  let steps: String
  let clipsDenoised: Bool
  let churn: ChurnCase?
  let seeds: [UInt64]
  let labels: [Int]

  var testDescription: String { name }

  var settings: SolverSettings {
    SolverSettings(
      sampler == "heun" ? .heun(churn?.churn ?? .none) : .consistency, steps: steps)
  }
}

/// Compares complete runs of EDM's networks and of consistency models with those of
/// consistency_models under PyTorch, from the same noise.
@Suite struct ConsistencyParityTests {
  private struct Cases: Decodable {
    let runs: [ConsistencyRunCase]
  }

  private static let cases: Cases = Fixtures.decoded("consistency-runs.json")

  @Test(arguments: cases.runs)
  func `a run gives the images of consistency_models: 99.5 % of bytes equal, none off by over 2`(
    _ fixture: ConsistencyRunCase
  ) throws {
    let images = try sampledFixture(
      unet: fixture.unet, classifier: nil, classifierScale: 0, diffusion: fixture.diffusion,
      settings: fixture.settings, clipsDenoised: fixture.clipsDenoised, seeds: fixture.seeds,
      labels: fixture.labels, precision: .f32)
    try expectFixture(images, fixture.name, of: "consistency-runs")
  }
}
