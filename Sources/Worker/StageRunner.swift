import Compute
import Diffusion
import Job
import Model
import Output
import Recipe

/// The input of a stage for a batch of images. Each array has one element for each image.
struct ImageBatch {
  let seeds: [UInt64]
  let labels: [Label]
  /// The images to enlarge, or none if the stage makes images from noise.
  let pictures: [RGBImage]
}

/// The images of a batch.
struct SampledPictures {
  let pictures: [RGBImage]
  /// The images that became NaN or infinite, by their index in the batch.
  let notFinite: [Int: NotFinite]
}

/// A stage of a recipe with its networks ready to run.
///
/// It belongs to the thread that created it.
final class StageRunner {
  private let stage: Stage
  private let solver: any Solver
  private let denoiser: PreparedNetwork
  private let classifier: PreparedNetwork?
  private let guide: PreparedNetwork?
  private let decoder: PreparedDecoder?

  /// Prepares the stage's networks. Reads the checkpoints of those whose weights are not packed yet.
  ///
  /// - Parameters:
  ///   - activations: memory that all networks share.
  ///   - constants: returns the packed weights of a network. Called for one network after the other.
  init(
    _ stage: Stage, threads: Int, activations: AlignedBuffer? = nil,
    constants: (NetworkSource, NetworkRun) -> any ConstantStore
  ) throws {
    func prepared(
      _ source: NetworkSource, as part: NetworkRole.Part, guidanceScale: Float = 1
    ) throws -> PreparedNetwork {
      let run = stage.run(of: part)
      return try source.prepared(
        run, guidanceScale: guidanceScale, threads: threads, activations: activations,
        constants: constants(source, run))
    }
    self.stage = stage
    solver = try stage.makeSolver()
    denoiser = try prepared(stage.denoiser, as: .denoiser)
    classifier = try stage.classifier.map {
      try prepared($0.source, as: .classifier, guidanceScale: $0.scale)
    }
    guide = try stage.guide.map { try prepared($0.source, as: .guide) }
    decoder = try stage.firstStage.map { firstStage in
      try PreparedDecoder(firstStage.autoencoder, scaling: firstStage.scaling) {
        try prepared(firstStage.source, as: .decoder)
      }
    }
  }

  var batchSize: Int { stage.batchSize }

  /// The memory of activations and scratch in bytes, without packed weights and shared memory.
  var workingBytes: Int {
    [denoiser, classifier, guide].reduce(decoder?.workingBytes ?? 0) {
      $0 + ($1?.workingBytes ?? 0)
    }
  }

  /// The number of steps that a batch takes.
  var stepCount: Int { solver.nodes.count }

  /// The number of predictions that the solver requests for a batch.
  var evaluationCount: Int { solver.evaluations.count }

  /// Samples a whole batch.
  ///
  /// - Parameters:
  ///   - batch: as many images as the networks were prepared for.
  ///   - recording: wraps the denoiser to record what it predicts.
  ///   - progress: called after each step with the number of steps done. An error that it throws
  ///     ends the run.
  func sample(
    _ batch: ImageBatch, recording: (any Denoiser) -> any Denoiser = { $0 },
    progress: (_ stepsDone: Int) throws -> Void
  ) throws -> SampledPictures {
    let conditioning = Conditioning(labels: batch.labels, enlarged: enlarged(batch.pictures))
    let denoiser = GuidedDenoiser(
      denoiser, guide: try guidingNetwork(conditioning), classifier: classifier,
      guidanceInterval: stage.guidanceInterval, threshold: stage.threshold,
      configuration: stage.process, clipsDenoised: stage.clipsDenoised, conditioning: conditioning,
      shape: stage.shape)
    let samples = try solver.sample(
      seeds: batch.seeds, shape: stage.shape, denoiser: recording(denoiser), progress: progress)
    return try pictures(samples)
  }

  /// Returns the pictures of a batch, which the decoder makes of latents.
  private func pictures(_ samples: SampledBatch) throws -> SampledPictures {
    guard let decoder, let rounding = stage.firstStage?.rounding else {
      return SampledPictures(pictures: samples.images.pictures, notFinite: samples.notFinite)
    }
    var notFinite = samples.notFinite
    let images = try decoder.decode(samples.images)
    for image in 0..<images.batch where !images.isFinite(image: image) {
      notFinite[image] =
        notFinite[image]
        ?? NotFinite(
          stepsDone: stepCount, steps: stepCount, timestep: solver.nodes.last?.index ?? 0)
    }
    return SampledPictures(pictures: images.pictures(rounding), notFinite: notFinite)
  }

  /// Returns the time in which the decoder makes one image, in seconds, or `nil` without a decoder.
  func timeDecoder() throws -> Double? {
    guard let decoder else { return nil }
    let latent = Latents(zeros: 1, stage.shape)
    // The first run has cold caches.
    _ = try decoder.decode(latent)
    return try ContinuousClock().measure { _ = try decoder.decode(latent) } / .seconds(1)
  }

  /// Returns the picture of a batch of one image or latent.
  func picture(_ x: Latents) throws -> RGBImage {
    guard let decoder, let rounding = stage.firstStage?.rounding else { return x.pictures[0] }
    return try decoder.decode(x).pictures(rounding)[0]
  }

  /// Returns images in the size of the stage's.
  private func enlarged(_ pictures: [RGBImage]) -> Latents? {
    pictures.first.map { first in
      let small = PixelConversion.latents(rgb8: pictures.map(\.pixels), side: first.width)
      return BilinearEnlargement.enlarge(small, to: stage.shape)
    }
  }

  /// Returns the network that the images of a batch are moved away from.
  private func guidingNetwork(_ conditioning: Conditioning) throws -> GuidingNetwork? {
    if let guide, let settings = stage.guide {
      return try GuidingNetwork(
        guide, conditioning: conditioning, configuration: settings.process, main: stage.process,
        scale: settings.scale, guidedChannels: stage.guidedChannels, shape: stage.shape)
    }
    guard let scale = stage.classifierFreeScale else { return nil }
    let null = Conditioning(
      labels: conditioning.labels.map { _ in .null }, enlarged: conditioning.enlarged)
    return try GuidingNetwork(
      denoiser, conditioning: null, configuration: stage.process, main: stage.process,
      scale: scale, guidedChannels: stage.guidedChannels, shape: stage.shape)
  }
}
