// Song et al. 2021, "Denoising Diffusion Implicit Models", equation 12; the reference's
// `ddim_sample`.

/// Follows the implicit process, which is deterministic at η = 0 and as noisy as `DDPM` at η = 1.
///
/// Edge cases:
/// - At η = 1, rounding can make the variance that is left for the direction to xₜ slightly
///   negative, where the reference gives NaN. It is then taken as zero.
/// - A step draws noise at η = 0 too, so that images of any η start the same and stay comparable.
package struct DDIM: OneStepSolver {
  package let process: GaussianDiffusion
  package let eta: Float

  /// - Precondition: `eta` is from 0 through 1. With a greater `eta`, the direction to xₜ is
  ///   undefined.
  package init(_ process: GaussianDiffusion, eta: Float = 0) {
    precondition((0...1).contains(eta), "eta \(eta) is not from 0 through 1")
    self.process = process
    self.eta = eta
  }

  package func advance(_ image: ImageStep, step: Int) {
    let alphaBar = Float(process.alphaBar[step])
    let alphaBarPrevious = Float(process.alphaBarPrevious[step])
    let coefficients = EpsilonCoefficients(alphaBar: process.alphaBar[step])
    let sigma =
      eta * ((1 - alphaBarPrevious) / (1 - alphaBar)).squareRoot()
      * (1 - alphaBar / alphaBarPrevious).squareRoot()
    let direction = max(1 - alphaBarPrevious - sigma * sigma, 0).squareRoot()
    let addsNoise: Float = step == 0 ? 0 : 1
    for i in image.x.indices {
      let x0 = image.x0[i]
      let epsilon = coefficients.epsilon(xt: image.x[i], x0: x0)
      let mean = x0 * alphaBarPrevious.squareRoot() + direction * epsilon
      image.x[i] = mean + addsNoise * sigma * image.noise[i]
    }
  }
}
