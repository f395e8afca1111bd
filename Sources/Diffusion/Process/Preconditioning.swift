// Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models" (EDM),
// table 1, and Song et al. 2023, "Consistency Models", appendix C; as in karras_diffusion.py of
// openai/consistency_models. σ̂ is what these papers call σ or t.
import Foundation

/// A training whose networks take and give something else than xₜ and x₀.
protocol Preconditioned: Sendable {
  /// Returns the factors at a node.
  func factors(at node: Node) -> Preconditioning.Factors
}

/// The training of a network on all noise levels of a range, instead of on the steps of a schedule.
///
/// The network F is told a logarithm of σ̂, and predicts x₀ together with factors of its input and
/// output: D(x; σ̂) = c_skip·x + c_out·F(c_in·x; 250·ln σ̂), for x = x₀ + σ̂·ε.
package struct Preconditioning: Sendable, Equatable, Codable {
  /// Whether the network is a consistency model, which maps every x to the end of its trajectory in
  /// one evaluation. Otherwise it predicts the mean of x₀, as other denoisers do.
  package var isConsistencyModel: Bool
  /// The lowest and the highest σ̂ of the training.
  package var sigmaMin: Double
  package var sigmaMax: Double
  /// σ_data, the standard deviation of the images.
  package var sigmaData: Double

  package init(
    isConsistencyModel: Bool, sigmaMin: Double = 0.002, sigmaMax: Double = 80,
    sigmaData: Double = 0.5
  ) {
    self.isConsistencyModel = isConsistencyModel
    self.sigmaMin = sigmaMin
    self.sigmaMax = sigmaMax
    self.sigmaData = sigmaData
  }

  /// Whether the numbers can be those of a network.
  package var isValid: Bool {
    [sigmaMin, sigmaMax, sigmaData].allSatisfy { $0.isFinite && $0 > 0 } && sigmaMin < sigmaMax
  }

  /// Returns the time that the network is told at a noise level.
  static func time(sigmaHat: Double) -> Double { 250 * log(sigmaHat) }

  func factors(at node: Node) -> Factors {
    let (sigma, data) = (node.sigmaHat, sigmaData)
    let root = (sigma * sigma + data * data).squareRoot()
    // A consistency model returns its input at the lowest level: c_skip = 1 and c_out = 0.
    let distance = isConsistencyModel ? sigma - sigmaMin : sigma
    return Factors(
      skip: Float(data * data / (distance * distance + data * data) / node.alpha),
      output: Float(distance * data / root), input: Float(1 / root / node.alpha))
  }

  /// The factors for xₜ, the form in which solvers hand x to a denoiser. Here xₜ = α·x.
  struct Factors: Equatable {
    /// The factor of xₜ in x₀: c_skip/α.
    let skip: Float
    /// The factor of the network's output in x₀: c_out.
    let output: Float
    /// The factor of xₜ in the network's input: c_in/α.
    let input: Float
  }
}

extension Preconditioning: Preconditioned {}
