/// One way of going from xₜ to xₜ₋₁.
///
/// Each image of a batch is stepped by a copy of its own, so that a sampler may remember its
/// image's earlier steps.
package protocol Sampler: Sendable {
  var diffusion: GaussianDiffusion { get }
  /// x₀ is clamped to [−1, 1] as soon as it is predicted.
  var clipsDenoised: Bool { get }

  /// Takes one image from xₜ to xₜ₋₁, in place.
  ///
  /// - Parameter step: the kept step, from `diffusion.count` − 1 down to 0.
  mutating func advance(_ image: ImageStep, step: Int)
}

/// One image's share of a step; every buffer holds [3, H, W].
package struct ImageStep {
  /// xₜ, to be replaced by xₜ₋₁.
  package let x: UnsafeMutableBufferPointer<Float>
  /// The network's ε, or x₀ where it predicts that.
  package let output: UnsafePointer<Float>
  /// The network's v, where it learns σ.
  package let v: UnsafePointer<Float>?
  /// The scaled gradient of the classifier at xₜ, where there is guidance.
  package let gradient: UnsafePointer<Float>?
  /// Standard normal, drawn for this step whether it is used or not.
  package let noise: UnsafePointer<Float>

  package init(
    x: UnsafeMutableBufferPointer<Float>, output: UnsafePointer<Float>,
    v: UnsafePointer<Float>? = nil, gradient: UnsafePointer<Float>? = nil,
    noise: UnsafePointer<Float>
  ) {
    self.x = x
    self.output = output
    self.v = v
    self.gradient = gradient
    self.noise = noise
  }
}

extension Sampler {
  /// x₀ as the network's output says it, clamped where the sampler clips.
  func denoised(xt: Float, output: Float, _ coefficients: StepCoefficients) -> Float {
    let x0 =
      diffusion.configuration.predictsXStart ? output : coefficients.x0(xt: xt, epsilon: output)
    guard clipsDenoised else { return x0 }
    // Both comparisons are false for NaN, which must come through to be found.
    return x0 < -1 ? -1 : x0 > 1 ? 1 : x0
  }
}
