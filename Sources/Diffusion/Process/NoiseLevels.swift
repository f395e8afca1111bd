// The noise levels of Karras et al. 2022 (EDM), equation 5, for every kind of process.
import Foundation

/// The noise levels at which a network can be evaluated.
package protocol NoiseLevels: Sendable {
  /// The noisiest level of the solvers that follow the probability-flow equation.
  var top: Node { get }
  /// The least noisy level.
  var bottom: Node { get }
  /// The σ̂ between which EDM's sampler works.
  var sigmaHats: ClosedRange<Double> { get }

  /// Returns the level with this λ, or the nearest one.
  func node(lambda: Double) -> Node
  /// Returns the level with this σ̂, or the nearest one (EDM's `round_sigma`).
  func nearestNode(sigmaHat: Double) -> Node
}

extension NoiseLevels {
  /// Returns `count` levels from `top` to `bottom` that are equally far apart in λ.
  func logSNRLevels(_ count: Int) -> [Node] {
    let (first, last) = (top.lambda, bottom.lambda)
    return (0..<count).map { node(lambda: evenlySpaced(first, last, $0, of: count)) }
  }

  /// Returns `count` levels from `top` to `bottom` that are equally far apart in σ̂^(1/7).
  func karrasLevels(_ count: Int) -> [Node] {
    let levels = KarrasLevels(bottom.sigmaHat...top.sigmaHat, count: count)
    return (0..<count).map { node(lambda: -KarrasLevels.rho * log(levels.root($0))) }
  }
}

/// Levels from the highest to the lowest σ̂ of a range, equally far apart in σ̂^(1/ρ).
struct KarrasLevels {
  /// ρ in the paper.
  static let rho = 7.0
  private let first: Double
  private let last: Double
  private let count: Int

  init(_ range: ClosedRange<Double>, count: Int) {
    (first, last) = (pow(range.upperBound, 1 / Self.rho), pow(range.lowerBound, 1 / Self.rho))
    self.count = count
  }

  /// Returns σ̂^(1/ρ) of level `i`, counted from 0.
  func root(_ i: Int) -> Double { evenlySpaced(first, last, i, of: count) }

  func sigmaHat(_ i: Int) -> Double { pow(root(i), Self.rho) }
}

/// Returns value `i` of `count` values from `first` to `last`.
func evenlySpaced(_ first: Double, _ last: Double, _ i: Int, of count: Int) -> Double {
  first + (last - first) * Double(i) / Double(count - 1)
}

/// The noise levels of a network that was trained on all σ̂ of a range.
package struct ContinuousLevels: NoiseLevels {
  package let sigmaHats: ClosedRange<Double>

  package init(_ preconditioning: Preconditioning) {
    sigmaHats = preconditioning.sigmaMin...preconditioning.sigmaMax
  }

  package var top: Node { nearestNode(sigmaHat: sigmaHats.upperBound) }
  package var bottom: Node { nearestNode(sigmaHat: sigmaHats.lowerBound) }

  package func node(lambda: Double) -> Node { nearestNode(sigmaHat: exp(-lambda)) }

  /// Every level exists, also outside the range of the training.
  package func nearestNode(sigmaHat: Double) -> Node {
    let time = Preconditioning.time(sigmaHat: sigmaHat)
    return Node(index: time, time: Float(time), alphaBar: 1 / (1 + sigmaHat * sigmaHat))
  }

  /// Returns `count` levels from `top` to `bottom`.
  ///
  /// - Throws: `SolverSettingsError` for a spacing by trained steps, of which there are none.
  package func levels(
    _ spacing: NodeSpacing, count: Int
  ) throws(SolverSettingsError) -> [Node] {
    switch spacing {
    case .timeUniform, .timeQuadratic: throw .needsTrainedSteps(spacing)
    case .logSNR: return logSNRLevels(count)
    case .karras: return karrasLevels(count)
    }
  }
}
