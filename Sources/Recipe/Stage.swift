import Compute
import Diffusion
import Model

/// One stage of a recipe: a network that denoises, the networks that guide it, and a solver.
package struct Stage: Sendable, Equatable {
  /// The input of a stage.
  package enum Input: Sendable, Equatable {
    case noise
  }

  package var input = Input.noise
  package var denoiser: NetworkSource
  package var guides: [Guide]
  /// The noising process for which the denoiser was trained.
  package var process: DiffusionConfiguration
  package var solver: SolverSettings
  /// Whether x̂₀ is clamped to [−1, 1] before guidance, as with the reference's `clip_denoised`.
  package var clipsDenoised: Bool
  package var batchSize: Int
  package var precision: ElementType

  package init(
    denoiser: NetworkSource, guides: [Guide], process: DiffusionConfiguration,
    solver: SolverSettings, clipsDenoised: Bool, batchSize: Int, precision: ElementType
  ) {
    self.denoiser = denoiser
    self.guides = guides
    self.process = process
    self.solver = solver
    self.clipsDenoised = clipsDenoised
    self.batchSize = batchSize
    self.precision = precision
  }

  /// The shape of one image of the stage.
  package var shape: Latents.Shape { denoiser.architecture.imageShape }

  /// The networks in the order in which they are prepared.
  package var networks: [(part: NetworkRole.Part, source: NetworkSource)] {
    [(.denoiser, denoiser)] + guides.map { ($0.part, $0.source) }
  }

  /// The classifier that guides the stage.
  package var classifier: (source: NetworkSource, scale: Float)? {
    for case .classifier(let source, let scale) in guides { return (source, scale) }
    return nil
  }

  /// Returns the solver with its nodes and tables.
  ///
  /// - Throws: `TimestepSpacingError` or `GaussianDiffusionError`.
  package func makeSolver() throws -> any Solver { try solver.makeSolver(for: process) }
}

/// A network that guides a stage towards the label of each image.
package enum Guide: Sendable, Equatable {
  /// A classifier of noisy images. Its gradient is added `scale` times.
  case classifier(NetworkSource, scale: Float)

  package var part: NetworkRole.Part {
    switch self {
    case .classifier: .classifier
    }
  }

  package var source: NetworkSource {
    switch self {
    case .classifier(let source, _): source
    }
  }

  package var scale: Float {
    switch self {
    case .classifier(_, let scale): scale
    }
  }
}
