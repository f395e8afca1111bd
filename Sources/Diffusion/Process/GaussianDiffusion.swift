// The diffusion process: gaussian_diffusion.py, `GaussianDiffusion`, on the steps that respace.py,
// `SpacedDiffusion`, keeps of it. Symbols as in Ho et al. 2020, "Denoising Diffusion Probabilistic
// Models": β, α = 1 − β, ᾱ = ∏ α, and β̃ the variance of q(xₜ₋₁ | xₜ, x₀).
import Foundation

/// The kept steps of a trained noising process and everything that is known of them before the
/// network is asked.
///
/// Steps count from 0, the least noisy. The tables are in double precision, rebuilt for the kept
/// steps in the reference's order of operations, so that their roundings to `Float` agree.
package struct GaussianDiffusion: Sendable {
  package let configuration: DiffusionConfiguration
  /// The trained step that each kept step is, ascending.
  package let timesteps: [Int]

  package let beta: [Double]
  package let alphaBar: [Double]
  /// ᾱ of the step before; 1 for the first.
  package let alphaBarPrevious: [Double]
  /// √(1/ᾱ) and √(1/ᾱ − 1): x₀ = √(1/ᾱ)·xₜ − √(1/ᾱ − 1)·ε.
  package let sqrtReciprocalAlphaBar: [Double]
  package let sqrtReciprocalAlphaBarMinusOne: [Double]
  /// β̃.
  package let posteriorVariance: [Double]
  /// log β̃ with the first step's, which is −∞, replaced by the second's.
  package let posteriorLogVarianceClipped: [Double]
  /// The factors of x₀ and xₜ in the posterior mean (equation 7).
  package let posteriorMeanCoefficient1: [Double]
  package let posteriorMeanCoefficient2: [Double]

  /// - Throws: `TimestepSpacingError`, or `GaussianDiffusionError` where the process does not
  ///   exist.
  package init(configuration: DiffusionConfiguration, spacing: TimestepSpacing) throws {
    let trained = try TrainedSchedule(configuration)
    let timesteps = try spacing.timesteps(of: configuration.steps)
    guard timesteps.count > 1 else { throw GaussianDiffusionError.singleStep }
    self.init(trained, keeping: timesteps)
  }

  private init(_ trained: TrainedSchedule, keeping timesteps: [Int]) {
    configuration = trained.configuration
    self.timesteps = timesteps

    let beta = Self.respaced(trained.alphaBar, keeping: timesteps)
    let alphaBar = TrainedSchedule.cumulativeProduct(beta.map { 1 - $0 })
    let alphaBarPrevious = [1] + alphaBar.dropLast()
    let steps = beta.indices
    let posteriorVariance = steps.map {
      beta[$0] * (1 - alphaBarPrevious[$0]) / (1 - alphaBar[$0])
    }

    self.beta = beta
    self.alphaBar = alphaBar
    self.alphaBarPrevious = alphaBarPrevious
    self.posteriorVariance = posteriorVariance
    sqrtReciprocalAlphaBar = alphaBar.map { (1 / $0).squareRoot() }
    sqrtReciprocalAlphaBarMinusOne = alphaBar.map { (1 / $0 - 1).squareRoot() }
    posteriorLogVarianceClipped = steps.map { log(posteriorVariance[max($0, 1)]) }
    posteriorMeanCoefficient1 = steps.map {
      beta[$0] * alphaBarPrevious[$0].squareRoot() / (1 - alphaBar[$0])
    }
    posteriorMeanCoefficient2 = steps.map {
      (1 - alphaBarPrevious[$0]) * (1 - beta[$0]).squareRoot() / (1 - alphaBar[$0])
    }
  }

  /// The number of kept steps.
  package var count: Int { timesteps.count }

  /// The timestep that the network and the classifier are given at a kept step.
  package func networkTimestep(at step: Int) -> Float {
    let timestep = Float(timesteps[step])
    guard configuration.rescalesTimesteps else { return timestep }
    return timestep * Float(1000 / Double(configuration.steps))
  }

  /// The kept step as a node; its ᾱ is that of the kept steps' own tables.
  package func node(at step: Int) -> Node {
    Node(
      index: Double(timesteps[step]), time: networkTimestep(at: step), alphaBar: alphaBar[step])
  }

  /// log β, the upper end of a learned variance.
  package func logBeta(at step: Int) -> Double { log(beta[step]) }

  /// The variance of a step where the network does not predict it: β̃ ("small"), or β with the
  /// first step's replaced by β̃ of the second ("large").
  package func fixedVariance(at step: Int) -> Double {
    if configuration.usesSmallSigma { return posteriorVariance[step] }
    return step == 0 ? posteriorVariance[1] : beta[step]
  }

  /// The logarithm of the fixed variance; finite at the first step too.
  package func fixedLogVariance(at step: Int) -> Double {
    configuration.usesSmallSigma
      ? posteriorLogVarianceClipped[step] : log(fixedVariance(at: step))
  }

  /// β of the process that visits only the kept steps: 1 − ᾱ(kept) / ᾱ(kept before).
  private static func respaced(_ alphaBar: [Double], keeping timesteps: [Int]) -> [Double] {
    var previous = 1.0
    return timesteps.map { timestep in
      defer { previous = alphaBar[timestep] }
      return 1 - alphaBar[timestep] / previous
    }
  }
}

/// Why a configuration and a spacing make no diffusion process.
package enum GaussianDiffusionError: Error, Equatable, CustomStringConvertible {
  case unusableStepCount(Int)
  /// The schedule's β leaves (0, 1] at so few steps.
  case scheduleTooShort(NoiseSchedule, Int)
  /// One step has no posterior variance: the reference refuses it too.
  case singleStep

  package var description: String {
    switch self {
    case .unusableStepCount(let steps):
      return "a diffusion process of \(steps) steps cannot be: give --diffusion_steps as the"
        + " checkpoint was trained, usually 1000"
    case .scheduleTooShort(let schedule, let steps):
      return "the \(schedule.rawValue) schedule has variances above 1 at \(steps) steps: give"
        + " --diffusion_steps as the checkpoint was trained, usually 1000"
    case .singleStep:
      return "one step cannot make an image: take at least two"
    }
  }
}
