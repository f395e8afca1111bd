// Ancestral sampling: Ho et al. 2020, algorithm 2; the reference's `p_sample`, and its
// `condition_mean` for guidance.
import Foundation

/// Draws xₜ₋₁ from the normal distribution that the network gives, its mean shifted by guidance.
package struct DDPM: Sampler {
  package let diffusion: GaussianDiffusion
  package let clipsDenoised: Bool

  package init(diffusion: GaussianDiffusion, clipsDenoised: Bool = true) {
    self.diffusion = diffusion
    self.clipsDenoised = clipsDenoised
  }

  package func advance(_ image: ImageStep, step: Int) {
    let coefficients = StepCoefficients(of: diffusion, at: step)
    let addsNoise: Float = step == 0 ? 0 : 1
    for i in image.x.indices {
      let xt = image.x[i]
      let x0 = denoised(xt: xt, output: image.output[i], coefficients)
      var mean = coefficients.posteriorMean(xt: xt, x0: x0)
      let logVariance =
        image.v.map { coefficients.learnedLogVariance(v: $0[i]) } ?? coefficients.fixedLogVariance
      if let gradient = image.gradient {
        let variance = image.v == nil ? coefficients.fixedVariance : expf(logVariance)
        mean += variance * gradient[i]
      }
      image.x[i] = mean + addsNoise * expf(0.5 * logVariance) * image.noise[i]
    }
  }
}
