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

/// A run in cascades.json, which enlarges the images of a run in runs.json.
struct CascadeCase: Decodable, Sendable, CustomTestStringConvertible {
  let run: RunCase
  /// The run whose images are enlarged.
  let base: String

  private enum Key: CodingKey { case base }

  init(from decoder: any Decoder) throws {
    run = try RunCase(from: decoder)
    base = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .base)
  }

  var testDescription: String { run.name }
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
    try expectFixture(try sample(fixture, precision: .f32), fixture.name, of: "runs")
  }

  private struct Cascades: Decodable {
    let runs: [CascadeCase]
  }

  private static let cascades = (Fixtures.decoded("cascades.json") as Cascades).runs

  @Test(arguments: cascades)
  func `a cascade gives the images of the reference's two scripts, with the same tolerance`(
    _ fixture: CascadeCase
  ) throws {
    let base = Self.cases.runs.first { $0.name == fixture.base }!
    let small = try sample(base, precision: .f32)
    let size = small.count / base.seeds.count
    let pictures = base.seeds.indices.map { Array(small[$0 * size..<($0 + 1) * size]) }
    let images = try sample(fixture.run, stage: 1, enlarging: pictures, precision: .f32)
    try expectFixture(images, fixture.run.name, of: "cascades")
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

  /// - Parameter stage: the number of the stage in a cascade, which determines its noise.
  private func sample(
    _ fixture: RunCase, stage: UInt32 = 0, enlarging pictures: [[UInt8]] = [],
    precision: ElementType
  ) throws -> [UInt8] {
    try sampledFixture(
      unet: fixture.unet, classifier: fixture.classifier,
      classifierScale: fixture.classifierScale, diffusion: fixture.diffusion,
      settings: SolverSettings(
        fixture.sampler == "ddpm" ? .ddpm : .ddim(eta: fixture.eta), steps: fixture.steps),
      clipsDenoised: fixture.clipsDenoised,
      seeds: fixture.seeds.map { UInt64(UInt32($0) &+ stage &* 2_654_435_769) },
      labels: fixture.labels, enlarging: pictures, precision: precision)
  }
}
