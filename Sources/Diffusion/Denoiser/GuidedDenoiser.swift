// From a network's output to x̂₀, and classifier guidance: the reference's gaussian_diffusion.py,
// `p_mean_variance` and `condition_score` (Dhariwal and Nichol 2021, algorithm 2).

/// The denoiser of guided-diffusion's networks, for one batch of images.
///
/// A prediction takes these steps in order:
///
/// 1. The network's output becomes x̂₀, whether it is ε, x₀ itself, or x₀ with the factors of a
///    preconditioned network. A guiding network moves ε first, or x₀ of a preconditioned network, in
///    the guidance interval.
/// 2. x̂₀ is clamped to [−1, 1] where the reference's `clip_denoised` is set.
/// 3. The classifier's gradient shifts ε, and x̂₀ with it, in the guidance interval.
/// 4. x̂₀ is limited by the threshold. Without one it is not clamped again, as in the reference.
package final class GuidedDenoiser: Denoiser {
  private let network: any DiffusionNetwork
  private let guide: GuidingNetwork?
  private let classifier: (any DiffusionNetwork)?
  private let configuration: DiffusionConfiguration
  private let clipsDenoised: Bool
  private let guidanceInterval: GuidanceInterval?
  private let threshold: Threshold
  private let conditioning: Conditioning
  /// The network with its factors, if it was trained on continuous noise levels or as a flow.
  private let preconditioned: PreconditionedNetwork?
  private let unguidedX0: Latents
  private let guidedX0: Latents?
  /// ε with guidance, for the samplers of latent diffusion models.
  private let epsilon: Latents?

  /// - Parameters:
  ///   - network: returns ε, or x₀ if the checkpoint predicts x₀, [N, C, H, W]. If it learns σ, v
  ///     follows for each image, [N, 2C, H, W].
  ///   - guide: the network that images are moved away from, or `nil` for none.
  ///   - classifier: returns ∂/∂xₜ log p(label | xₜ) times the guidance scale, [N, C, H, W]; `nil`
  ///     without guidance.
  ///   - guidanceInterval: the noise levels at which the guide and the classifier run, or `nil` for all.
  ///   - threshold: the limit of x̂₀ after guidance. Only for solvers that use nothing but
  ///     `Prediction.x0`.
  ///   - conditioning: one label for each image of the batch.
  ///   - shape: the shape of one image.
  package init(
    _ network: any DiffusionNetwork, guide: GuidingNetwork? = nil,
    classifier: (any DiffusionNetwork)? = nil,
    guidanceInterval: GuidanceInterval? = nil, threshold: Threshold = .none,
    configuration: DiffusionConfiguration, clipsDenoised: Bool, conditioning: Conditioning,
    shape: Latents.Shape
  ) {
    self.network = network
    self.guide = guide
    self.classifier = classifier
    self.configuration = configuration
    self.clipsDenoised = clipsDenoised
    self.guidanceInterval = guidanceInterval
    self.threshold = threshold
    self.conditioning = conditioning
    preconditioned = configuration.preconditioned.map {
      PreconditionedNetwork(network, $0, batch: conditioning.labels.count, shape: shape)
    }
    unguidedX0 = Latents(zeros: conditioning.labels.count, shape)
    guidedX0 = classifier.map { _ in Latents(zeros: conditioning.labels.count, shape) }
    let keepsEpsilon = configuration.latent != nil && !clipsDenoised && threshold == .none
    epsilon = keepsEpsilon ? Latents(zeros: conditioning.labels.count, shape) : nil
  }

  package func predict(_ x: Latents, at node: Node) throws -> Prediction {
    let count = x.shape.count
    let isGuided = guidanceInterval?.contains(node) ?? true
    // First, because the guide may be the same network, whose output is valid until its next run.
    let reference = isGuided ? try guide?.predict(x, at: node) : nil
    let outputs =
      try preconditioned?.predict(x, at: node, conditioning)
      ?? network.denoise(x, at: node, conditioning, configuration)
    let gradient = isGuided ? try classifier?.run(x, time: node.time, conditioning) : nil
    precondition(
      gradient.map { $0.count == x.batch * count } ?? true, "the gradient has another shape than x")

    let coefficients = EpsilonCoefficients(alphaBar: node.alphaBar)
    denoise(x, outputs, coefficients, movingFrom: reference)
    let rows = gradient.map { ImageRows($0.baseAddress!, distance: count) }
    if let rows { shift(x, rows, coefficients) }
    if let epsilon {
      writeEpsilon(x, outputs, coefficients, movingFrom: reference, gradient: rows, into: epsilon)
    }
    let x0 = rows == nil ? unguidedX0 : guidedX0!
    threshold.apply(to: x0)
    return Prediction(
      x0: x0, unguidedX0: unguidedX0, gradient: rows,
      v: configuration.learnsSigma ? outputs.dropFirst(count) : nil, epsilon: epsilon)
  }

  /// Performs steps 1 and 2.
  ///
  /// - Parameter reference: the prediction of the guide, or `nil` without one.
  private func denoise(
    _ x: Latents, _ output: ImageRows, _ coefficients: EpsilonCoefficients,
    movingFrom reference: Latents?
  ) {
    let guidedCount = reference == nil ? 0 : guide?.guidedCount(x.shape) ?? 0
    for image in 0..<x.batch {
      let (xt, output, x0) = (x[image], output[image], unguidedX0[image])
      if let reference = reference?[image], let scale = guide?.scale {
        let guided = 0..<guidedCount
        if preconditioned == nil {
          for i in guided {
            let epsilon = configuration.epsilon(output[i], xt: xt[i], coefficients)
            let moved = reference[i] + scale * (epsilon - reference[i])
            x0[i] = coefficients.x0(xt: xt[i], epsilon: moved)
          }
        } else {
          for i in guided { x0[i] = reference[i] + scale * (output[i] - reference[i]) }
        }
      }
      for i in guidedCount..<xt.count {
        x0[i] =
          configuration.predictsXStart
          ? output[i] : coefficients.x0(xt: xt[i], epsilon: output[i])
      }
      if clipsDenoised {
        for i in x0.indices { x0[i] = Self.clamped(x0[i]) }
      }
    }
  }

  /// Clamps a value. Both comparisons are false for NaN, which must be kept so that it is found.
  private static func clamped(_ value: Float) -> Float {
    value < -1 ? -1 : value > 1 ? 1 : value
  }

  /// Writes ε as in steps 1 and 3, without the detour over x̂₀.
  private func writeEpsilon(
    _ x: Latents, _ output: ImageRows, _ coefficients: EpsilonCoefficients,
    movingFrom reference: Latents?, gradient: ImageRows?, into result: Latents
  ) {
    for image in 0..<x.batch {
      let (xt, output, result) = (x[image], output[image], result[image])
      for i in xt.indices {
        result[i] = configuration.epsilon(output[i], xt: xt[i], coefficients)
      }
      if let reference = reference?[image], let guide {
        for i in 0..<guide.guidedCount(x.shape) {
          result[i] = reference[i] + guide.scale * (result[i] - reference[i])
        }
      }
      if let gradient = gradient?[image] {
        for i in xt.indices { result[i] -= coefficients.sigma * gradient[i] }
      }
    }
  }

  /// Performs step 3: ε̂ = ε − √(1 − ᾱ)·∇ log p(label | xₜ).
  private func shift(_ x: Latents, _ gradient: ImageRows, _ coefficients: EpsilonCoefficients) {
    guard let guidedX0 else { return }
    for image in 0..<x.batch {
      let (xt, x0, gradient) = (x[image], unguidedX0[image], gradient[image])
      let guided = guidedX0[image]
      for i in xt.indices {
        let epsilon = coefficients.epsilon(xt: xt[i], x0: x0[i])
        let shifted = epsilon - coefficients.sigma * gradient[i]
        guided[i] = coefficients.x0(xt: xt[i], epsilon: shifted)
      }
    }
  }
}

/// The relation of x₀ and ε at one noise level (Ho et al. 2020, equation 4), in single precision as
/// in the reference.
package struct EpsilonCoefficients: Sendable {
  private let sqrtReciprocalAlphaBar: Float
  private let sqrtReciprocalAlphaBarMinusOne: Float
  /// √(1 − ᾱ), the standard deviation of the noise.
  package let sigma: Float

  package init(alphaBar: Double) {
    sqrtReciprocalAlphaBar = Float((1 / alphaBar).squareRoot())
    sqrtReciprocalAlphaBarMinusOne = Float((1 / alphaBar - 1).squareRoot())
    sigma = (1 - Float(alphaBar)).squareRoot()
  }

  package func x0(xt: Float, epsilon: Float) -> Float {
    sqrtReciprocalAlphaBar * xt - sqrtReciprocalAlphaBarMinusOne * epsilon
  }

  package func epsilon(xt: Float, x0: Float) -> Float {
    (sqrtReciprocalAlphaBar * xt - x0) / sqrtReciprocalAlphaBarMinusOne
  }
}
