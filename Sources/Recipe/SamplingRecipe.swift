import Checkpoint
import Compute
import Diffusion
import Model

/// Everything an image depends on besides its label and seed. Rank 0 works it out, and every rank
/// samples by it.
///
/// A recipe is a list of stages, each of which makes images that the next one can work on. The
/// images of the last stage are the job's.
package struct SamplingRecipe: Sendable, Equatable {
  package var stages: [Stage]

  /// - Precondition: there is a stage.
  package init(stages: [Stage]) {
    precondition(!stages.isEmpty, "a recipe without a stage makes nothing")
    self.stages = stages
  }

  /// The stage that makes images from noise.
  package var base: Stage {
    get { stages[0] }
    set { stages[0] = newValue }
  }

  /// How many images a rank is given at a time.
  package var batchSize: Int {
    get { base.batchSize }
    set { base.batchSize = newValue }
  }

  /// Height and width of the finished images, in pixels.
  package var imageSize: Int { stages[stages.count - 1].shape.width }

  /// How many classes the networks know, or `nil` where they take no label.
  package var classCount: Int? {
    networks.lazy.compactMap(\.source.architecture.classCount).first
  }

  /// Every network in the order in which networks are prepared. Costs, memory checks, caches,
  /// texts and the hash go through this list.
  package var networks: [(role: NetworkRole, source: NetworkSource)] {
    stages.enumerated().flatMap { index, stage in
      stage.networks.map { (NetworkRole(stage: index, part: $0.part), $0.source) }
    }
  }

  /// The stage that a network belongs to.
  package subscript(role: NetworkRole) -> Stage { stages[role.stage] }

  package static let batchSizes = 1...4096
  private static let trainedSteps = 1...1_000_000

  /// Whether all numbers are finite, as those of JSON are.
  package var isFinite: Bool {
    stages.allSatisfy { stage in
      stage.solver.eta.isFinite && stage.guides.allSatisfy(\.scale.isFinite)
    }
  }

  /// Checks a recipe that was read from a file.
  ///
  /// - Throws: an error unless the networks, steps and numbers are ones that a job can have.
  package func validate() throws {
    for stage in stages {
      guard isFinite, Self.batchSizes.contains(stage.batchSize),
        (0...1).contains(stage.solver.eta), Self.trainedSteps.contains(stage.process.steps)
      else {
        throw ConfigurationError(
          .checkpoint, "batchSize, classifierScale, eta or the trained steps are out of range")
      }
      for network in stage.networks { try network.source.architecture.validate() }
      _ = try stage.makeSolver()
    }
  }
}

/// A network's place in a recipe.
package struct NetworkRole: Sendable, Hashable {
  package enum Part: String, Sendable {
    case denoiser
    case classifier
  }

  /// The stage, counted from 0.
  package let stage: Int
  package let part: Part

  package init(stage: Int, part: Part) {
    self.stage = stage
    self.part = part
  }
}
