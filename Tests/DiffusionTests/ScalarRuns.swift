import Diffusion
import Foundation

/// Runs of solvers on single numbers in double precision, with the factors that images are combined
/// with. Closed forms then test the factors beyond the precision of images.
extension LinearStep {
  func callAsFunction(_ x: Double, _ predictions: [Double], noise: Double = 0) -> Double {
    zip(self.predictions, predictions).reduce(self.x * x + self.noise * noise) { $0 + $1.0 * $1.1 }
  }
}

/// Predicts x₀ from xₜ.
typealias ScalarDenoiser = (_ x: Double, _ node: Node) -> Double

extension DPMSolverPlusPlus2M {
  /// - Parameter noise: every draw.
  func run(_ start: Double, noise: Double = 0, _ denoise: ScalarDenoiser) -> Double {
    var (x, predictions) = (start, [Double]())
    for (node, step) in zip(nodes, steps) {
      predictions.insert(denoise(x, node), at: 0)
      x = step(x, predictions, noise: noise)
    }
    return x
  }
}

extension UniPC {
  func run(_ start: Double, _ denoise: ScalarDenoiser) -> Double {
    var x = start
    var predictions = [denoise(x, nodes[0])]
    for (i, step) in steps.enumerated() {
      let predicted = step.predictor(x, predictions)
      guard i + 1 < nodes.count else { return predicted }
      predictions.insert(denoise(predicted, nodes[i + 1]), at: 0)
      x = step.corrector(x, predictions)
    }
    return predictions[0]
  }
}

extension Heun {
  /// - Parameter noise: every draw.
  func run(_ start: Double, noise: Double = 0, _ denoise: ScalarDenoiser) -> Double {
    var x = start * nodes[0].sigmaHat
    for step in steps {
      let noisy = x + step.addedNoise * noise
      let first = denoise(step.churned.alpha * noisy, step.churned)
      x = step.euler(noisy, [first])
      guard let next = step.next else { break }
      x = step.heun(noisy, [denoise(next.alpha * x, next), first])
    }
    return x
  }
}

/// A mixture of normal distributions of single numbers.
struct Mixture {
  var weights: [Double]
  var means: [Double]
  var deviations: [Double]

  /// ln of the density of each component at `x`, times its weight.
  private func logTerms(_ x: Double, _ node: Node) -> [Double] {
    weights.indices.map { k in
      let variance = variance(k, node)
      let distance = x - node.alpha * means[k]
      return log(weights[k]) - log(variance) / 2 - distance * distance / (2 * variance)
    }
  }

  private func variance(_ k: Int, _ node: Node) -> Double {
    node.alphaBar * deviations[k] * deviations[k] + 1 - node.alphaBar
  }

  /// The probability of each component, given x.
  func posterior(_ x: Double, at node: Node) -> [Double] {
    let terms = logTerms(x, node)
    let most = terms.max()!
    let exponentials = terms.map { exp($0 - most) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }

  /// ∇ log p of each component, given x.
  func slopes(_ x: Double, at node: Node) -> [Double] {
    means.indices.map { -(x - node.alpha * means[$0]) / variance($0, node) }
  }

  /// ∇ log p.
  func score(_ x: Double, at node: Node) -> Double {
    zip(posterior(x, at: node), slopes(x, at: node)).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// ∇ log p(component `label` | x).
  func gradient(_ label: Int, _ x: Double, at node: Node) -> Double {
    slopes(x, at: node)[label] - score(x, at: node)
  }

  /// E[x₀ | xₜ], with the gradient of a component added `scale` times to the score.
  func x0(_ x: Double, at node: Node, label: Int = 0, scale: Double = 0) -> Double {
    let variance = 1 - node.alphaBar
    var score = score(x, at: node)
    if scale != 0 { score += scale * gradient(label, x, at: node) }
    return (x + variance * score) / node.alpha
  }
}
