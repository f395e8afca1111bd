// From a network's output to x̂₀, and classifier guidance: the reference's gaussian_diffusion.py,
// `p_mean_variance` and `condition_score` (Dhariwal and Nichol 2021, algorithm 2).

/// The denoiser of guided-diffusion's networks, for one batch of images.
///
/// A prediction takes these steps in order:
///
/// 1. The network's output becomes x̂₀, whether it is ε or x₀ itself.
/// 2. x̂₀ is clamped to [−1, 1] where the reference's `clip_denoised` is set.
/// 3. The classifier's gradient shifts ε, and x̂₀ with it. The result is not clamped again.
package final class GuidedDenoiser: Denoiser {
  private let network: any DiffusionNetwork
  private let classifier: (any DiffusionNetwork)?
  private let configuration: DiffusionConfiguration
  private let clipsDenoised: Bool
  private let conditioning: Conditioning
  private let unguidedX0: Latents
  private let guidedX0: Latents?

  /// - Parameters:
  ///   - network: returns ε, or x₀ if the checkpoint predicts x₀, [N, C, H, W]. If it learns σ, v
  ///     follows for each image, [N, 2C, H, W].
  ///   - classifier: returns ∂/∂xₜ log p(label | xₜ) times the guidance scale, [N, C, H, W]; `nil`
  ///     without guidance.
  ///   - conditioning: one label for each image of the batch.
  ///   - shape: the shape of one image.
  package init(
    _ network: any DiffusionNetwork, classifier: (any DiffusionNetwork)? = nil,
    configuration: DiffusionConfiguration, clipsDenoised: Bool, conditioning: Conditioning,
    shape: Latents.Shape
  ) {
    self.network = network
    self.classifier = classifier
    self.configuration = configuration
    self.clipsDenoised = clipsDenoised
    self.conditioning = conditioning
    unguidedX0 = Latents(zeros: conditioning.labels.count, shape)
    guidedX0 = classifier.map { _ in Latents(zeros: conditioning.labels.count, shape) }
  }

  package func predict(_ x: Latents, at node: Node) throws -> Prediction {
    let count = x.shape.count
    let distance = configuration.learnsSigma ? 2 * count : count
    let output = try network.run(x, time: node.time, conditioning)
    precondition(output.count == x.batch * distance, "the output has another shape than asked for")
    let gradient = try classifier?.run(x, time: node.time, conditioning)
    precondition(
      gradient.map { $0.count == x.batch * count } ?? true, "the gradient has another shape than x")

    let start = output.baseAddress!
    let coefficients = EpsilonCoefficients(alphaBar: node.alphaBar)
    denoise(x, ImageRows(start, distance: distance), coefficients)
    let rows = gradient.map { ImageRows($0.baseAddress!, distance: count) }
    if let rows { guide(x, rows, coefficients) }
    return Prediction(
      x0: guidedX0 ?? unguidedX0, unguidedX0: unguidedX0, gradient: rows,
      v: configuration.learnsSigma ? ImageRows(start + count, distance: distance) : nil)
  }

  /// Performs steps 1 and 2.
  private func denoise(_ x: Latents, _ output: ImageRows, _ coefficients: EpsilonCoefficients) {
    for image in 0..<x.batch {
      let (xt, output, x0) = (x[image], output[image], unguidedX0[image])
      for i in xt.indices {
        let predicted =
          configuration.predictsXStart
          ? output[i] : coefficients.x0(xt: xt[i], epsilon: output[i])
        x0[i] = clipsDenoised ? Self.clamped(predicted) : predicted
      }
    }
  }

  /// Clamps a value. Both comparisons are false for NaN, which must be kept so that it is found.
  private static func clamped(_ value: Float) -> Float {
    value < -1 ? -1 : value > 1 ? 1 : value
  }

  /// Performs step 3: ε̂ = ε − √(1 − ᾱ)·∇ log p(label | xₜ).
  private func guide(_ x: Latents, _ gradient: ImageRows, _ coefficients: EpsilonCoefficients) {
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
