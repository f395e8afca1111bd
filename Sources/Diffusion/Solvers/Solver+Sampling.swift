extension Solver {
  /// Makes one image from each seed, all in one batch, from noise to x₀.
  ///
  /// An image that is no longer finite is cleared and takes no further part; the others, which no
  /// operation mixes with it, go on. The run ends when none is left.
  ///
  /// - Parameters:
  ///   - shape: of one image.
  ///   - denoiser: for a batch of as many images as there are seeds.
  ///   - progress: called after each step with the number of steps done; what it throws ends the
  ///     run.
  /// - Throws: `SamplingError` when the images are too small, and what the denoiser or `progress`
  ///   throws.
  package func sample(
    seeds: [UInt64], shape: Latents.Shape, denoiser: some Denoiser,
    progress: (_ stepsDone: Int) throws -> Void = { _ in }
  ) throws -> SampledBatch {
    guard shape.count >= TorchGenerator.fewestNormals else {
      throw SamplingError.tooSmall(shape)
    }
    let x = Latents(zeros: seeds.count, shape)
    var noise = NoiseSource(seeds: seeds)
    noise.fill(x)
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
  /// x₀, [N, C, H, W], in [−1, 1] or a little beyond; zero where an image is not finite.
  package let images: Latents
  /// The images that became NaN or infinite, by their place in the batch.
  package let notFinite: [Int: NotFinite]

  package init(images: Latents, notFinite: [Int: NotFinite] = [:]) {
    self.images = images
    self.notFinite = notFinite
  }
}

/// Where on its way from noise an image became NaN or infinite.
package struct NotFinite: Sendable, Equatable, CustomStringConvertible {
  package let stepsDone: Int
  package let steps: Int
  /// The trained timestep of the last step done; it may be fractional.
  package let timestep: Double

  package init(stepsDone: Int, steps: Int, timestep: Double) {
    self.stepsDone = stepsDone
    self.steps = steps
    self.timestep = timestep
  }

  package var description: String {
    let timestep = Int(exactly: timestep).map { "\($0)" } ?? "\(timestep)"
    return "not finite after step \(stepsDone) of \(steps) (timestep \(timestep))"
  }

  /// The usual causes, for messages.
  package static let likelyCauses =
    "the checkpoint may hold NaN or infinite weights, its flags may not be its own, or the "
    + "guidance scale is too large"
}

/// Why nothing can be sampled.
package enum SamplingError: Error, Equatable, CustomStringConvertible {
  /// The image has too few elements for the rule by which its noise is drawn.
  case tooSmall(Latents.Shape)

  package var description: String {
    switch self {
    case .tooSmall(let shape):
      "images of \(shape.width)×\(shape.height) pixels are too small: noise is drawn for 3×3 and more"
    }
  }
}
