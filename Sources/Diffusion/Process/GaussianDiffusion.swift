// The diffusion process: gaussian_diffusion.py, `GaussianDiffusion`, on the steps that respace.py,
// `SpacedDiffusion`, keeps of it. Symbols as in Ho et al. 2020, "Denoising Diffusion Probabilistic
// Models": β, α = 1 − β, ᾱ = ∏ α, and β̃, the variance of q(xₜ₋₁ | xₜ, x₀).
import Foundation

/// The kept steps of a trained noising process, with all values that do not depend on the network.
///
/// Steps are counted from 0, the least noisy. The tables are in double precision. They are rebuilt
/// for the kept steps in the reference's order of operations, so that they round to the same
/// `Float`.
package struct GaussianDiffusion: Sendable {
  package let configuration: DiffusionConfiguration
  /// The trained step of each kept step, in ascending order.
  package let timesteps: [Int]

  package let beta: [Double]
  package let alphaBar: [Double]
  /// ᾱ of the previous step, and 1 for the first step.
  package let alphaBarPrevious: [Double]
  /// √(1/ᾱ) and √(1/ᾱ − 1): x₀ = √(1/ᾱ)·xₜ − √(1/ᾱ − 1)·ε.
  package let sqrtReciprocalAlphaBar: [Double]
  package let sqrtReciprocalAlphaBarMinusOne: [Double]
  /// β̃.
  package let posteriorVariance: [Double]
  /// log β̃. The value of the first step, which is −∞, is replaced by that of the second.
  package let posteriorLogVarianceClipped: [Double]
  /// The factors of x₀ and xₜ in the posterior mean (equation 7).
  package let posteriorMeanCoefficient1: [Double]
  package let posteriorMeanCoefficient2: [Double]

  /// - Throws: `TimestepSpacingError`, or `GaussianDiffusionError` if the process does not exist.
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

  /// Returns the timestep that is passed to the network and the classifier at a kept step.
  package func networkTimestep(at step: Int) -> Float {
    let timestep = Float(timesteps[step])
    guard configuration.rescalesTimesteps else { return timestep }
    return timestep * Float(1000 / Double(configuration.steps))
  }

  /// Returns the kept step as a node, with ᾱ from the tables of the kept steps.
  package func node(at step: Int) -> Node {
    Node(
      index: Double(timesteps[step]), time: networkTimestep(at: step), alphaBar: alphaBar[step])
  }

  /// Returns log β, the upper bound of a learned variance.
  package func logBeta(at step: Int) -> Double { log(beta[step]) }

  /// Returns the variance of a step if the network does not predict it: β̃ ("small"), or β with the
  /// value of the first step replaced by β̃ of the second ("large").
  package func fixedVariance(at step: Int) -> Double {
    if configuration.usesSmallSigma { return posteriorVariance[step] }
    return step == 0 ? posteriorVariance[1] : beta[step]
  }

  /// Returns the logarithm of the fixed variance. It is finite at the first step too.
  package func fixedLogVariance(at step: Int) -> Double {
    configuration.usesSmallSigma
      ? posteriorLogVarianceClipped[step] : log(fixedVariance(at: step))
  }

  /// Returns β of the process with the kept steps only: 1 − ᾱ(kept) / ᾱ(previous kept).
  private static func respaced(_ alphaBar: [Double], keeping timesteps: [Int]) -> [Double] {
    var previous = 1.0
    return timesteps.map { timestep in
      defer { previous = alphaBar[timestep] }
      return 1 - alphaBar[timestep] / previous
    }
  }
}

/// The reason why a configuration and a spacing do not give a diffusion process.
package enum GaussianDiffusionError: Error, Equatable, CustomStringConvertible {
  case unusableStepCount(Int)
  /// With so few steps, the schedule's β leaves (0, 1].
  case scheduleTooShort(NoiseSchedule, Int)
  /// The ᾱ of a latent diffusion model do not fall from step to step, or are not between 0 and 1.
  case unusableTable
  /// A single step has no posterior variance. The reference refuses it too.
  case singleStep

  /// What the user can do about an error. The raw values are the words of a program without
  /// options.
  package enum Advice: String {
    case trainedSteps = "give the steps"
  }

  package var description: String { text(\.rawValue) }

  /// Returns the message.
  ///
  /// - Parameter words: returns the words for an advice, such as those that name an option.
  package func text(_ words: (Advice) -> String) -> String {
    let trained = "\(words(.trainedSteps)) as the checkpoint was trained, usually 1000"
    return switch self {
    case .unusableStepCount(let steps):
      "a diffusion process of \(steps) steps cannot be: \(trained)"
    case .scheduleTooShort(let schedule, let steps):
      "the \(schedule.rawValue) schedule has variances above 1 at \(steps) steps: \(trained)"
    case .unusableTable:
      "the noise schedule of the latent diffusion model cannot be: its ᾱ must fall from step to step, "
        + "between 1 and 0"
    case .singleStep:
      "one step cannot make an image: take at least two"
    }
  }
}
