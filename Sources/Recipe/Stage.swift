import Compute
import Diffusion
import Model

/// One stage of a recipe: a network that denoises, the networks that guide it, and a solver.
package struct Stage: Sendable, Equatable {
  /// The input of a stage.
  package enum Input: Sendable, Equatable {
    /// Noise alone.
    case noise
    /// The images of the stage before, which are enlarged.
    case images
    /// Images that exist already, which are enlarged.
    case samples(SamplesSource)
  }

  package var input = Input.noise
  package var denoiser: NetworkSource
  package var guides: [Guide]
  /// The number of channels that a guiding denoiser moves, from the first one on, or `nil` for all. The
  /// other channels are those of the denoiser itself.
  package var guidedChannels: Int?
  /// The noise levels at which the guides act, or `nil` for all.
  package var guidanceInterval: GuidanceInterval?
  /// The noising process for which the denoiser was trained.
  package var process: DiffusionConfiguration
  package var solver: SolverSettings
  /// Whether x̂₀ is clamped to [−1, 1] before guidance, as with the reference's `clip_denoised`.
  package var clipsDenoised: Bool
  /// The limit of x̂₀ after guidance. DDPM and DDIM have none.
  package var threshold: Threshold
  package var batchSize: Int
  package var precision: ElementType
  /// The autoencoder that makes images of the stage's latents, or `nil` if the stage works on images.
  package var firstStage: FirstStage?

  package init(
    input: Input = .noise, denoiser: NetworkSource, guides: [Guide], guidedChannels: Int? = nil,
    guidanceInterval: GuidanceInterval? = nil,
    process: DiffusionConfiguration, solver: SolverSettings, clipsDenoised: Bool,
    threshold: Threshold = .none, batchSize: Int, precision: ElementType,
    firstStage: FirstStage? = nil
  ) {
    self.input = input
    self.denoiser = denoiser
    self.guides = guides
    self.guidedChannels = guidedChannels
    self.guidanceInterval = guidanceInterval
    self.process = process
    self.solver = solver
    self.clipsDenoised = clipsDenoised
    self.threshold = threshold
    self.batchSize = batchSize
    self.precision = precision
    self.firstStage = firstStage
  }

  /// Whether the stage enlarges images.
  package var isEnlargement: Bool { input != .noise }

  /// The shape of what the solver works on: an image, or its latent.
  package var shape: Latents.Shape { denoiser.architecture.imageShape }

  /// The height and width of the stage's images, in pixels.
  package var imageSide: Int {
    firstStage?.autoencoder.imageWidth ?? shape.width
  }

  /// The networks in the order in which they are prepared.
  package var networks: [(part: NetworkRole.Part, source: NetworkSource)] {
    [(.denoiser, denoiser)] + guides.compactMap(\.network)
      + (firstStage.map { [(.decoder, $0.source)] } ?? [])
  }

  /// Returns how a network of the stage runs.
  package func run(of part: NetworkRole.Part) -> NetworkRun {
    let own = NetworkRun(batchSize: batchSize, precision: precision)
    return part == .decoder ? firstStage?.run ?? own : own
  }

  /// The classifier that guides the stage.
  package var classifier: (source: NetworkSource, scale: Float)? {
    for case .classifier(let source, let scale) in guides { return (source, scale) }
    return nil
  }

  /// The scale of classifier-free guidance with the denoiser's null label.
  package var classifierFreeScale: Float? {
    for case .classifierFree(let scale) in guides { return scale }
    return nil
  }

  /// The second denoiser that guides the stage.
  package var guide: (source: NetworkSource, process: DiffusionConfiguration, scale: Float)? {
    for case .network(let source, let process, let scale) in guides {
      return (source, process, scale)
    }
    return nil
  }

  /// Whether the denoiser may be one that was trained on continuous noise levels: nothing guides it, and
  /// it neither predicts variances nor enlarges images.
  var canBePreconditioned: Bool {
    guard case .unet(let unet) = denoiser.architecture else { return false }
    return guides.isEmpty && unet.outChannels == unet.imageChannels && !unet.enlargesImages
  }

  /// Whether the denoiser may be a flow: it predicts nothing but a velocity, and only its null label
  /// guides it.
  var canBeFlow: Bool {
    guard case .transformer(let transformer) = denoiser.architecture else { return false }
    return !transformer.learnsSigma && guides.allSatisfy { $0.network == nil }
  }

  /// Whether the denoiser with its null label, or a second one, guides the stage.
  package var isGuidedByDenoiser: Bool { classifierFreeScale != nil || guide != nil }

  /// Returns the number of evaluations of a network in a run of a solver.
  package func evaluationCount(of part: NetworkRole.Part, _ solver: any Solver) -> Int {
    let guided = guidedCount(solver)
    return switch part {
    case .denoiser: solver.evaluations.count + (classifierFreeScale == nil ? 0 : guided)
    case .classifier, .guide: guided
    case .decoder: 1
    }
  }

  /// Returns the solver with its nodes and tables.
  ///
  /// - Throws: `TimestepSpacingError`, `GaussianDiffusionError` or `SolverSettingsError`.
  package func makeSolver() throws -> any Solver { try solver.makeSolver(for: process) }

  /// Returns the number of a solver's evaluations at which the guides run.
  package func guidedCount(_ solver: any Solver) -> Int {
    guides.isEmpty ? 0 : solver.evaluations.count { guidanceInterval?.contains($0) ?? true }
  }
}

/// The autoencoder between the images of a stage and their latents.
package struct FirstStage: Sendable, Equatable {
  /// Its decoder.
  package var source: NetworkSource
  /// The relation of the latents to those of the autoencoder.
  package var scaling: LatentScaling
  /// The conversion of its images to 8 bits.
  package var rounding: PixelConversion.Rounding
  package var precision: ElementType

  package init(
    source: NetworkSource, scaling: LatentScaling, rounding: PixelConversion.Rounding,
    precision: ElementType
  ) {
    self.source = source
    self.scaling = scaling
    self.rounding = rounding
    self.precision = precision
  }

  /// The architecture of the autoencoder, in the size of the stage's images.
  package var autoencoder: AutoencoderConfiguration {
    guard case .decoder(let autoencoder) = source.architecture else {
      preconditionFailure("only a decoder makes images of latents")
    }
    return autoencoder
  }
}

/// Images that exist already and are the input of a recipe: image i becomes image i of the job.
package struct SamplesSource: Sendable, Equatable, Codable {
  /// An .npz, an output folder, or a folder of PNG files.
  package var path: String
  /// A hash of the images.
  package var sha256: String
  /// The height and width of the images, in pixels.
  package var side: Int

  package init(path: String, sha256: String, side: Int) {
    self.path = path
    self.sha256 = sha256
    self.side = side
  }
}

/// A way to guide a stage towards the label of each image, or towards better images.
package enum Guide: Sendable, Equatable {
  /// A classifier of noisy images. Its gradient is added `scale` times.
  case classifier(NetworkSource, scale: Float)
  /// The denoiser itself with the null label: ε moves away from that prediction, `scale` times the
  /// distance.
  case classifierFree(scale: Float)
  /// A second denoiser, which is unconditional or weaker: ε moves away from its prediction.
  case network(NetworkSource, process: DiffusionConfiguration, scale: Float)

  /// The network that the guide adds to those of the stage.
  package var network: (part: NetworkRole.Part, source: NetworkSource)? {
    switch self {
    case .classifier(let source, _): (.classifier, source)
    case .classifierFree: nil
    case .network(let source, _, _): (.guide, source)
    }
  }

  package var scale: Float {
    switch self {
    case .classifier(_, let scale), .classifierFree(let scale), .network(_, _, let scale): scale
    }
  }
}
