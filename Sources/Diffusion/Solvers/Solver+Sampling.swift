extension Solver {
  /// Generates one image from each seed, from noise to x₀, all in one batch.
  ///
  /// An image that is no longer finite is cleared and ignored from then on. The other images are not
  /// affected, because no operation mixes images. The run ends when no image is left.
  ///
  /// - Parameters:
  ///   - shape: the shape of one image.
  ///   - denoiser: a denoiser for a batch with as many images as there are seeds.
  ///   - progress: called after each step with the number of steps done. An error that it throws
  ///     ends the run.
  /// - Throws: `SamplingError` if the images are too small, and errors of the denoiser or of
  ///   `progress`.
  package func sample(
    seeds: [UInt64], shape: Latents.Shape, denoiser: some Denoiser,
    progress: (_ stepsDone: Int) throws -> Void = { _ in }
  ) throws -> SampledBatch {
    let (x, source) = try NoiseSource.start(seeds: seeds, shape: shape)
    var noise = source
    var notFinite: [Int: NotFinite] = [:]
    var stepsDone = 0
    do {
      try solve(x, noise: &noise, denoiser: denoiser) { node in
        stepsDone += 1
        for image in 0..<x.batch where !x.isFinite(image: image) || notFinite[image] != nil {
          x[image].update(repeating: 0)
          let fault = NotFinite(stepsDone: stepsDone, steps: nodes.count, timestep: node.index)
          notFinite[image] = notFinite[image] ?? fault
        }
        try progress(stepsDone)
        if notFinite.count == x.batch { throw NoImageLeft() }
      }
    } catch is NoImageLeft {}
    return SampledBatch(images: x, notFinite: notFinite)
  }
}

/// Ends a run in which no image is finite any more.
private struct NoImageLeft: Error {}

/// The result of sampling a batch.
package struct SampledBatch {
  /// x₀, [N, C, H, W], in [−1, 1] or slightly beyond. Zero for images that are not finite.
  package let images: Latents
  /// The images that became NaN or infinite, by their index in the batch.
  package let notFinite: [Int: NotFinite]

  package init(images: Latents, notFinite: [Int: NotFinite] = [:]) {
    self.images = images
    self.notFinite = notFinite
  }
}

/// The point at which an image became NaN or infinite.
package struct NotFinite: Sendable, Equatable, CustomStringConvertible {
  package let stepsDone: Int
  package let steps: Int
  /// The trained timestep of the last completed step. It may be fractional.
  package let timestep: Double

  package init(stepsDone: Int, steps: Int, timestep: Double) {
    self.stepsDone = stepsDone
    self.steps = steps
    self.timestep = timestep
  }

  /// The image became NaN or infinite in the decoder, which has no steps.
  package static let decoded = NotFinite(stepsDone: 0, steps: 0, timestep: 0)

  package var description: String {
    guard steps > 0 else { return "not finite after decoding" }
    let timestep = Int(exactly: timestep).map { "\($0)" } ?? "\(timestep)"
    return "not finite after step \(stepsDone) of \(steps) (timestep \(timestep))"
  }

  /// The usual causes, for messages.
  package var likelyCauses: String {
    steps > 0
      ? "the checkpoint may hold NaN or infinite weights, its flags may not be its own, or the "
        + "guidance scale is too large"
      : "its latent or the decoder's weights may hold NaN or infinity"
  }
}

/// The reason why sampling is impossible.
package enum SamplingError: Error, Equatable, CustomStringConvertible {
  /// The image has too few elements for the algorithm that draws its noise.
  case tooSmall(Latents.Shape)

  package var description: String {
    switch self {
    case .tooSmall(let shape):
      "images of \(shape.width)×\(shape.height) pixels are too small: noise is drawn for 3×3 and more"
    }
  }
}
