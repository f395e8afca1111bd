import Checkpoint
import Compute
import Diffusion
import Foundation
import Hashing
import Model

/// Everything an image depends on besides its label and seed: rank 0 works it out, every rank
/// samples by it.
package struct SamplingRecipe: Sendable, Codable, Equatable {
  /// A network's file and architecture.
  package struct Network<Configuration: Sendable & Codable & Equatable>: Sendable, Codable,
    Equatable
  {
    package var path: String
    package var sha256: String
    package var configuration: Configuration
    /// Which weights of the file, where it holds several; `nil` where there was nothing to choose.
    package var weights: WeightsChoice?

    package init(
      path: String, sha256: String, configuration: Configuration, weights: WeightsChoice? = nil
    ) {
      self.path = path
      self.sha256 = sha256
      self.configuration = configuration
      self.weights = weights
    }
  }

  /// One of several state dicts in a checkpoint.
  package struct WeightsChoice: Sendable, Codable, Equatable {
    package var key: String
    package var isAveraged: Bool
    /// Whether versions that knew no choice read these weights. The hash leaves the choice out
    /// then, so that what those versions began can be resumed.
    package var isFormerDefault: Bool

    /// - Returns: `nil` where the file offers no choice.
    package init?(_ file: CheckpointFile) {
      guard !file.alternatives.isEmpty else { return nil }
      key = file.chosen.key
      isAveraged = file.chosen.isAveraged
      isFormerDefault = file.isFormerDefault
    }
  }

  package enum SamplerName: String, Sendable, Codable, CaseIterable {
    case ddpm
    case ddim
  }

  package var unet: Network<UNetConfiguration>
  /// `nil` without guidance.
  package var classifier: Network<ClassifierConfiguration>?
  package var classifierScale: Float
  package var diffusion: DiffusionConfiguration
  package var sampler: SamplerName
  /// As `--steps` takes it.
  package var steps: String
  /// Of DDIM.
  package var eta: Float
  package var clipsDenoised: Bool
  package var batchSize: Int
  package var precision: ElementType
  /// Whether images are painted instead of sampled (`PaintingMaker`); nil is no.
  package var isPainted: Bool?

  package init(
    unet: Network<UNetConfiguration>, classifier: Network<ClassifierConfiguration>?,
    classifierScale: Float, diffusion: DiffusionConfiguration, sampler: SamplerName,
    steps: String, eta: Float, clipsDenoised: Bool, batchSize: Int, precision: ElementType
  ) {
    self.unet = unet
    self.classifier = classifier
    self.classifierScale = classifierScale
    self.diffusion = diffusion
    self.sampler = sampler
    self.steps = steps
    self.eta = eta
    self.clipsDenoised = clipsDenoised
    self.batchSize = batchSize
    self.precision = precision
  }

  /// How many classes the networks know, or nil where they take no label.
  package var classCount: Int? {
    unet.configuration.classCount ?? classifier?.configuration.classCount
  }

  /// Short for all settings that images depend on, wherever the files lie.
  package var hash: String {
    var content = self
    content.unet.path = ""
    content.classifier?.path = ""
    if content.unet.weights?.isFormerDefault == true { content.unet.weights = nil }
    if content.classifier?.weights?.isFormerDefault == true { content.classifier?.weights = nil }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    // A struct of numbers and strings always encodes.
    let data = try! encoder.encode(content)
    return String(data.withUnsafeBytes(SHA256.hexadecimal).prefix(16))
  }

  /// The sampler with its tables.
  package func makeSampler() throws -> any Sampler {
    let process = try GaussianDiffusion(
      configuration: diffusion, spacing: TimestepSpacing(parsing: steps))
    return switch sampler {
    case .ddpm: DDPM(diffusion: process, clipsDenoised: clipsDenoised)
    case .ddim: DDIM(diffusion: process, eta: eta, clipsDenoised: clipsDenoised)
    }
  }

  package static let batchSizes = 1...4096
  private static let trainedSteps = 1...1_000_000

  /// Whether all numbers are finite, as those of JSON are.
  package var isFinite: Bool { classifierScale.isFinite && eta.isFinite }

  /// Checks a recipe that was read from a file.
  ///
  /// - Throws: an error unless the networks, steps and numbers are ones that a job can have.
  package func validate() throws {
    guard isFinite, Self.batchSizes.contains(batchSize), (0...1).contains(eta),
      Self.trainedSteps.contains(diffusion.steps)
    else {
      throw ConfigurationError(
        .checkpoint, "batchSize, classifierScale, eta or the trained steps are out of range")
    }
    try unet.configuration.validate()
    try classifier?.configuration.validate()
    _ = try makeSampler()
  }
}
