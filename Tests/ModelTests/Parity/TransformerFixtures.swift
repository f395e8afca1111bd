import Checkpoint
import Compute
import Diffusion
import Foundation
import Model
import Testing

/// The networks, runs and files in transformers.json.
struct TransformerCases: Decodable {
  let networks: [TransformerCase]
  let runs: [TransformerRun]
  let files: [TransformerFile]
  let folder: TransformerFolder

  static let all: TransformerCases = Fixtures.decoded("transformers.json")

  static func tensor(_ name: String) throws -> Tensor {
    try #require(try Fixtures.tensors("transformers").tensors[name]).tensor()
  }
}

/// A network.
struct TransformerCase: Decodable, Sendable, CustomTestStringConvertible {
  struct Layer: Decodable, Sendable {
    /// The name of a module, the stride of the stored values, and the largest magnitude.
    let name: String
    let stride: Int
    let largest: Float
  }

  let name: String
  let family: String
  let configuration: TransformerConfiguration
  let weightSeed: Int
  let inputSeed: Int
  let batch: Int
  let timesteps: [Float]
  let labels: [Int]
  let parameterTensors: Int
  let parameterElements: Int
  let layers: [Layer]

  var testDescription: String { name }

  /// The process of the family.
  var process: DiffusionConfiguration {
    let family = TransformerFamily(rawValue: String(family.prefix { $0 != "-" }))!
    return family.process(learnsSigma: configuration.learnsSigma)
  }

  var shape: Latents.Shape { Architecture.transformer(configuration).imageShape }

  func reader() throws -> ParameterReader {
    try fixtureReader(weightSeed: weightSeed, bundled: "") {
      _ = DiffusionTransformer($0, configuration)
    }
  }
}

/// A whole run.
struct TransformerRun: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  /// A case of `networks`.
  let network: String
  let sampler: SolverSettings.Name
  let steps: String
  /// The scale of classifier-free guidance, and the shares of noise between which it acts.
  let scale: Float
  let interval: [Double]?
  let order: Int
  let spacing: NodeSpacing
  let lowersOrderAtEnd: Bool
  let seeds: [UInt64]
  let labels: [Int]

  var testDescription: String { name }

  var fixture: TransformerCase {
    TransformerCases.all.networks.first { $0.name == network }!
  }

  var settings: SolverSettings {
    let multistep = SolverSettings.Multistep(
      spacing: spacing, lowersOrderAtEnd: lowersOrderAtEnd)
    let method: SolverSettings.Method =
      switch sampler {
      case .dpmpp2M: .dpmpp2M(multistep)
      case .uniPC: .uniPC(multistep, order: order)
      case .heun: .heun()
      case .euler: .euler
      case .eulerMaruyama: .eulerMaruyama
      default: .ddpm
      }
    return SolverSettings(method, steps: steps)
  }

  /// Samples the images at `places` of the seeds.
  func sample(_ places: [Int], precision: ElementType = .f32) throws -> [[Float]] {
    let (fixture, process) = (fixture, fixture.process)
    let network = try PreparedNetwork(
      DiffusionTransformer(try fixture.reader(), fixture.configuration), batch: places.count,
      type: precision)
    let conditioning = Conditioning(labels: places.map { .of(labels[$0]) })
    let guide =
      scale == 1
      ? nil
      : try GuidingNetwork(
        network, conditioning: Conditioning(labels: places.map { _ in .null }),
        configuration: process, main: process, scale: scale,
        guidedChannels: fixture.family.hasPrefix("repa") ? nil : 3, shape: fixture.shape)
    let denoiser = GuidedDenoiser(
      network, guide: guide,
      guidanceInterval: interval.map { GuidanceInterval(noise: $0[0]...$0[1]) },
      configuration: process, clipsDenoised: false, conditioning: conditioning, shape: fixture.shape
    )
    let samples = try settings.makeSolver(for: process).sample(
      seeds: places.map { seeds[$0] }, shape: fixture.shape, denoiser: denoiser)
    return places.indices.map { samples.images.values(ofImage: $0) }
  }
}

/// A file as a training script writes it.
struct TransformerFile: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let family: TransformerFamily
  let configuration: TransformerConfiguration
  let inputSeed: Int
  let time: Float
  let label: Int
  /// The statistics of the latents.
  let mean: [Float]?
  let deviation: [Float]?

  var testDescription: String { name }

  var path: String {
    Fixtures.folder.appendingPathComponent("transformers/\(name).pt").path
  }

  func open() throws -> CheckpointFile { try CheckpointFile.open(path, for: .transformer) }
}

/// The folder transformers/dit-diffusers, a pipeline of the diffusers library.
struct TransformerFolder: Decodable, Sendable {
  let configuration: TransformerConfiguration
  let inputSeed: Int
  let time: Float
  let label: Int

  var path: String {
    Fixtures.folder.appendingPathComponent("transformers/dit-diffusers").path
  }
}
