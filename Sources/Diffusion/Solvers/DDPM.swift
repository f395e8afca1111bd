// Ancestral sampling: Ho et al. 2020, algorithm 2; the reference's `p_sample`, and its
// `condition_mean` for guidance.
import Foundation

/// Draws xₜ₋₁ from the normal distribution that the network predicts. Guidance shifts its mean.
package struct DDPM: OneStepSolver {
  package let process: GaussianDiffusion

  package init(_ process: GaussianDiffusion) {
    self.process = process
  }

  package func advance(_ image: ImageStep, step: Int) {
    let coefficients = PosteriorCoefficients(of: process, at: step)
    let addsNoise: Float = step == 0 ? 0 : 1
    for i in image.x.indices {
      var mean = coefficients.mean(xt: image.x[i], x0: image.unguidedX0[i])
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

/// The distribution q(xₜ₋₁ | xₜ, x₀) of one kept step, rounded to single precision at the same
/// points as in the reference.
private struct PosteriorCoefficients {
  private let meanCoefficient1: Float
  private let meanCoefficient2: Float
  private let logBeta: Float
  private let logBetaTilde: Float
  let fixedVariance: Float
  let fixedLogVariance: Float

  init(of process: GaussianDiffusion, at step: Int) {
    meanCoefficient1 = Float(process.posteriorMeanCoefficient1[step])
    meanCoefficient2 = Float(process.posteriorMeanCoefficient2[step])
    logBeta = Float(process.logBeta(at: step))
    logBetaTilde = Float(process.posteriorLogVarianceClipped[step])
    fixedVariance = Float(process.fixedVariance(at: step))
    fixedLogVariance = Float(process.fixedLogVariance(at: step))
  }

  /// The mean (Ho et al. 2020, equation 7).
  func mean(xt: Float, x0: Float) -> Float {
    meanCoefficient1 * x0 + meanCoefficient2 * xt
  }

  /// log σ² between log β̃ (v = −1) and log β (v = 1) (Nichol and Dhariwal 2021, equation 15).
  func learnedLogVariance(v: Float) -> Float {
    let fraction = (v + 1) / 2
    return fraction * logBeta + (1 - fraction) * logBetaTilde
  }
}
