// The noise levels that a network was trained on, and the levels between them, as in Lu et al. 2022,
// "DPM-Solver" (dpm_solver_pytorch.py, NoiseScheduleVP 'discrete'): ln α is piecewise linear in the
// index. Symbols: ᾱ = α², σ² = 1 − ᾱ, λ = ln(α/σ), and σ̂ = σ/α, which EDM calls σ.
import Foundation

/// A point of the noising process at which a network can be evaluated.
package struct Node: Sendable, Equatable {
  /// The position among the trained steps, where 0 is the least noisy. It may be fractional. A
  /// network without steps has its time here.
  package let index: Double
  /// The timestep that is passed to the networks: the index, rescaled if the checkpoint was trained
  /// with rescaled timesteps.
  package let time: Float
  /// ᾱ, the share of the image in the variance of xₜ.
  package let alphaBar: Double

  package init(index: Double, time: Float, alphaBar: Double) {
    self.index = index
    self.time = time
    self.alphaBar = alphaBar
  }

  /// The factor of the image in xₜ = α·x₀ + σ·ε.
  package var alpha: Double { alphaBar.squareRoot() }
  /// The factor of the noise.
  package var sigma: Double { (1 - alphaBar).squareRoot() }
  /// λ = ln(α/σ), half the logarithm of the signal-to-noise ratio.
  package var lambda: Double { log(alphaBar / (1 - alphaBar)) / 2 }
  /// σ̂ = σ/α, the standard deviation of the noise if the image is not scaled.
  package var sigmaHat: Double { (1 / alphaBar - 1).squareRoot() }
}

/// The noising process of a checkpoint: ᾱ of each trained step, in double precision.
package struct TrainedSchedule: Sendable {
  package let configuration: DiffusionConfiguration
  package let alphaBar: [Double]

  /// - Throws: `GaussianDiffusionError` if no process has so many steps.
  package init(_ configuration: DiffusionConfiguration) throws {
    guard (2...Self.mostSteps).contains(configuration.steps) else {
      throw GaussianDiffusionError.unusableStepCount(configuration.steps)
    }
    self.configuration = configuration
    if let latent = configuration.latent {
      guard latent.isValid(steps: configuration.steps) else {
        throw GaussianDiffusionError.unusableTable
      }
      alphaBar = latent.alphaBar(steps: configuration.steps).map(Double.init)
      return
    }
    let beta = configuration.schedule.betas(steps: configuration.steps)
    guard beta.allSatisfy({ $0 > 0 && $0 <= 1 }) else {
      throw GaussianDiffusionError.scheduleTooShort(configuration.schedule, configuration.steps)
    }
    alphaBar = Self.cumulativeProduct(beta.map { 1 - $0 })
  }

  /// The node at an index, which may be fractional: ln α is linear between two trained steps.
  ///
  /// - Precondition: `index` is from 0 to the last trained step.
  package func node(at index: Double) -> Node {
    precondition(index >= 0 && index <= Double(alphaBar.count - 1), "no trained step \(index)")
    let below = min(Int(index), alphaBar.count - 2)
    let fraction = index - Double(below)
    let alphaBar: Double =
      switch fraction {
      case 0: self.alphaBar[below]
      case 1: self.alphaBar[below + 1]
      // ln ᾱ = 2 ln α is linear wherever ln α is.
      default:
        exp((1 - fraction) * log(self.alphaBar[below]) + fraction * log(self.alphaBar[below + 1]))
      }
    return Node(index: index, time: time(at: index), alphaBar: alphaBar)
  }

  func time(at index: Double) -> Float {
    guard configuration.rescalesTimesteps else { return Float(index) }
    return Float(index * 1000 / Double(configuration.steps))
  }

  /// No checkpoint comes near this limit. With a mistyped count above it, the tables would fill the
  /// memory.
  private static let mostSteps = 1_000_000

  static func cumulativeProduct(_ factors: [Double]) -> [Double] {
    var product = 1.0
    return factors.map { factor in
      product *= factor
      return product
    }
  }
}
