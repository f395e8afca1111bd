// Song et al. 2021, "Denoising Diffusion Implicit Models", equation 12; the reference's
// `ddim_sample`, and its `condition_score` for guidance.

/// Goes along the implicit process: deterministic at η = 0, as noisy as `DDPM` at η = 1.
package struct DDIM: Sampler {
  package let diffusion: GaussianDiffusion
  package let clipsDenoised: Bool
  package let eta: Float

  /// - Precondition: `eta` is from 0 through 1; beyond, the direction to xₜ has no length.
  package init(diffusion: GaussianDiffusion, eta: Float = 0, clipsDenoised: Bool = true) {
    precondition((0...1).contains(eta), "eta \(eta) is not from 0 through 1")
    self.diffusion = diffusion
    self.eta = eta
    self.clipsDenoised = clipsDenoised
  }

  package func advance(_ image: ImageStep, step: Int) {
    let coefficients = StepCoefficients(of: diffusion, at: step)
    let (alphaBar, alphaBarPrevious) = (coefficients.alphaBar, coefficients.alphaBarPrevious)
    let sigma =
      eta * ((1 - alphaBarPrevious) / (1 - alphaBar)).squareRoot()
      * (1 - alphaBar / alphaBarPrevious).squareRoot()
    // Rounding can leave less than nothing at η = 1, where the reference gives NaN.
    let direction = max(1 - alphaBarPrevious - sigma * sigma, 0).squareRoot()
    let addsNoise: Float = step == 0 ? 0 : 1
    for i in image.x.indices {
      let xt = image.x[i]
      var x0 = denoised(xt: xt, output: image.output[i], coefficients)
      if let gradient = image.gradient {
        // The shifted score's x₀ is not clamped again.
        let epsilon = coefficients.epsilon(xt: xt, x0: x0)
        let shifted = epsilon - (1 - alphaBar).squareRoot() * gradient[i]
        x0 = coefficients.x0(xt: xt, epsilon: shifted)
      }
      let epsilon = coefficients.epsilon(xt: xt, x0: x0)
      let mean = x0 * alphaBarPrevious.squareRoot() + direction * epsilon
      image.x[i] = mean + addsNoise * sigma * image.noise[i]
    }
  }
}
