import Checkpoint
import Compute
import Diffusion
import Model

/// Everything that affects an image, except its label and seed. Rank 0 determines the recipe, and
/// every rank samples with it.
///
/// A recipe is a list of stages. Each stage makes images that the next one can process, and the
/// images of the last stage are those of the job. The recipe of `decode` has no stages: it makes images
/// of latents that exist already.
package struct SamplingRecipe: Sendable, Equatable {
  package var stages: [Stage]
  /// The latents to decode and their decoder, or `nil` if images are sampled.
  package private(set) var decoding: LatentDecoding?

  /// - Precondition: There is at least one stage.
  package init(stages: [Stage]) {
    precondition(!stages.isEmpty, "a recipe without a stage makes nothing")
    self.stages = stages
  }

  /// The recipe of `decode`.
  package init(decoding: LatentDecoding) {
    stages = []
    self.decoding = decoding
  }

  /// The stage that makes images from noise.
  ///
  /// - Precondition: Images are sampled.
  package var base: Stage {
    get { stages[0] }
    set { stages[0] = newValue }
  }

  /// The recipe of the base stage's images.
  package var ofBase: SamplingRecipe { SamplingRecipe(stages: [base]) }

  /// The number of images that a rank takes at a time, of which each stage makes batches.
  package var batchSize: Int { decoding?.batchSize ?? stages.map(\.batchSize).max()! }

  /// Returns the recipe with smaller batches in the stages whose batches are larger.
  package func limitingBatches(to size: Int) -> SamplingRecipe {
    var recipe = self
    recipe.decoding?.batchSize = min(batchSize, size)
    for index in stages.indices {
      recipe.stages[index].batchSize = min(stages[index].batchSize, size)
    }
    return recipe
  }

  /// The height and width of the finished images, in pixels.
  package var imageSize: Int {
    decoding?.firstStage.autoencoder.imageWidth ?? stages[stages.count - 1].imageSide
  }

  /// The number of classes, or `nil` if the networks take no label.
  package var classCount: Int? {
    if let decoding { return decoding.latents.classCount }
    return networks.lazy.compactMap(\.source.architecture.classCount).first
  }

  /// All networks in the order in which they are prepared. Costs, memory checks, caches, texts and
  /// the hash use this list.
  package var networks: [(role: NetworkRole, source: NetworkSource)] {
    if let decoding {
      return [(NetworkRole(stage: 0, part: .decoder), decoding.firstStage.source)]
    }
    return stages.enumerated().flatMap { index, stage in
      stage.networks.map { (NetworkRole(stage: index, part: $0.part), $0.source) }
    }
  }

  /// Returns how a network runs.
  package func run(of role: NetworkRole) -> NetworkRun {
    decoding?.firstStage.run ?? stages[role.stage].run(of: role.part)
  }

  /// The images that the first stage enlarges, if it does not make images from noise.
  package var samples: SamplesSource? {
    if case .samples(let source) = stages.first?.input { source } else { nil }
  }

  /// The number of stages before the first one of the recipe, whose images exist already.
  private var earlierStages: Int { samples == nil ? 0 : 1 }

  /// Returns the height and width of the images that a stage enlarges, or `nil` if it makes images from
  /// noise.
  package func inputSide(ofStage index: Int) -> Int? {
    index == 0 ? samples?.side : stages[index - 1].imageSide
  }

  /// Returns the seed of an image's noise in a stage. The base stage takes the seed of the image, and
  /// each later stage adds 2654435769 (2³² divided by the golden ratio), so that no two stages of
  /// neighbouring seeds share their noise.
  ///
  /// Images that exist already count as a base stage.
  package func noiseSeed(_ seed: UInt32, stage: Int) -> UInt64 {
    UInt64(seed &+ UInt32(stage + earlierStages) &* 2_654_435_769)
  }

  package static let batchSizes = 1...4096
  private static let trainedSteps = 1...1_000_000

  /// Whether all numbers are finite, which JSON requires.
  package var isFinite: Bool {
    stages.allSatisfy { stage in
      stage.solver.eta.isFinite && stage.solver.churn?.isValid != false
        && stage.guidanceInterval?.isValid != false && stage.threshold.isValid
        && stage.guides.allSatisfy(\.scale.isFinite)
    }
  }

  /// Checks a recipe that was read from a file.
  ///
  /// - Throws: an error unless the networks, steps and numbers are possible in a job.
  package func validate() throws {
    if let decoding { return try Self.validate(decoding) }
    guard stages.enumerated().allSatisfy({ $1.isEnlargement == ($0 > 0 || earlierStages > 0) })
    else {
      throw ConfigurationError(
        .checkpoint, "its stages are not a base model followed by upsamplers")
    }
    for stage in stages {
      guard isFinite, Self.batchSizes.contains(stage.batchSize),
        (0...1).contains(stage.solver.eta), Self.trainedSteps.contains(stage.process.steps),
        stage.process.preconditioning?.isValid != false, stage.process.flow?.isValid != false
      else {
        throw ConfigurationError(
          .checkpoint, "batchSize, classifierScale or a setting of the sampler is out of range")
      }
      guard stage.process.preconditioning == nil || stage.canBePreconditioned else {
        throw ConfigurationError(
          .checkpoint,
          "a network of continuous noise levels is guided, or predicts more than an image")
      }
      guard stage.process.flow == nil || stage.canBeFlow else {
        throw ConfigurationError(
          .checkpoint, "a flow is guided by another network, or predicts more than a velocity")
      }
      for network in stage.networks { try network.source.architecture.validate() }
      _ = try stage.makeSolver()
    }
  }

  private static func validate(_ decoding: LatentDecoding) throws {
    let firstStage = decoding.firstStage
    try firstStage.source.architecture.validate()
    try firstStage.scaling.validate(channels: firstStage.autoencoder.latentChannels)
    guard batchSizes.contains(decoding.batchSize), decoding.latents.classCount ?? 1 > 0 else {
      throw ConfigurationError(.checkpoint, "batchSize or classCount is out of range")
    }
  }
}

/// The place of a network in a recipe.
package struct NetworkRole: Sendable, Hashable {
  package enum Part: String, Sendable {
    case denoiser
    case classifier
    /// A second denoiser.
    case guide
    /// The half of an autoencoder that makes images of latents.
    case decoder
  }

  /// The index of the stage, from 0.
  package let stage: Int
  package let part: Part

  package init(stage: Int, part: Part) {
    self.stage = stage
    self.part = part
  }
}

/// How a network of a recipe runs.
package struct NetworkRun: Sendable, Equatable {
  /// The number of images in a run.
  package var batchSize: Int
  package var precision: ElementType

  package init(batchSize: Int, precision: ElementType) {
    self.batchSize = batchSize
    self.precision = precision
  }
}
