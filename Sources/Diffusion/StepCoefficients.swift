/// The numbers of one kept step, rounded to single precision where the reference looks them up,
/// and the equations of Ho et al. 2020 they belong to, for one element of an image.
package struct StepCoefficients: Sendable {
  package let alphaBar: Float
  package let alphaBarPrevious: Float
  private let sqrtReciprocalAlphaBar: Float
  private let sqrtReciprocalAlphaBarMinusOne: Float
  private let posteriorMeanCoefficient1: Float
  private let posteriorMeanCoefficient2: Float
  private let logBeta: Float
  private let logBetaTilde: Float
  package let fixedVariance: Float
  package let fixedLogVariance: Float

  package init(of diffusion: GaussianDiffusion, at step: Int) {
    alphaBar = Float(diffusion.alphaBar[step])
    alphaBarPrevious = Float(diffusion.alphaBarPrevious[step])
    sqrtReciprocalAlphaBar = Float(diffusion.sqrtReciprocalAlphaBar[step])
    sqrtReciprocalAlphaBarMinusOne = Float(diffusion.sqrtReciprocalAlphaBarMinusOne[step])
    posteriorMeanCoefficient1 = Float(diffusion.posteriorMeanCoefficient1[step])
    posteriorMeanCoefficient2 = Float(diffusion.posteriorMeanCoefficient2[step])
    logBeta = Float(diffusion.logBeta(at: step))
    logBetaTilde = Float(diffusion.posteriorLogVarianceClipped[step])
    fixedVariance = Float(diffusion.fixedVariance(at: step))
    fixedLogVariance = Float(diffusion.fixedLogVariance(at: step))
  }

  /// x₀ as xₜ and ε imply it (equation 4, solved for x₀).
  package func x0(xt: Float, epsilon: Float) -> Float {
    sqrtReciprocalAlphaBar * xt - sqrtReciprocalAlphaBarMinusOne * epsilon
  }

  /// ε as xₜ and x₀ imply it.
  package func epsilon(xt: Float, x0: Float) -> Float {
    (sqrtReciprocalAlphaBar * xt - x0) / sqrtReciprocalAlphaBarMinusOne
  }

  /// The mean of q(xₜ₋₁ | xₜ, x₀) (equation 7).
  package func posteriorMean(xt: Float, x0: Float) -> Float {
    posteriorMeanCoefficient1 * x0 + posteriorMeanCoefficient2 * xt
  }

  /// log σ² between log β̃ (v = −1) and log β (v = 1) (Nichol and Dhariwal 2021, equation 15).
  package func learnedLogVariance(v: Float) -> Float {
    let fraction = (v + 1) / 2
    return fraction * logBeta + (1 - fraction) * logBetaTilde
  }
}
