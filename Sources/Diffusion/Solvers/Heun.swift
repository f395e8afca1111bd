// Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models" (EDM),
// algorithm 2, on the noise levels that a network can be evaluated at. Symbols as there, except that σ̂ is
// the paper's t, and D the predicted x₀.
import Foundation

/// Heun's method of second order for the probability-flow equation, with optional noise that is added
/// and removed again ("churn"). Each step evaluates the network twice, the last one once.
///
/// The state is x/α, as in the paper, so that its noise has the standard deviation σ̂. A draw of noise
/// is taken for every step, even if the step does not use it.
package struct Heun: Solver {
  /// The noise that is added before steps.
  package struct Churn: Sendable, Equatable, Codable {
    /// S_churn, the amount for the whole run. Without it the solver is deterministic.
    package var amount: Double
    /// S_tmin and S_tmax: steps from a σ̂ in this range, including its ends, add noise.
    package var range: ClosedRange<Double>
    /// S_noise, the standard deviation of the noise.
    package var noise: Double

    /// Whether all numbers are finite, and neither the amount nor the noise is negative.
    package var isValid: Bool {
      [amount, range.lowerBound, range.upperBound, noise].allSatisfy { $0.isFinite && $0 >= 0 }
    }

    package static let none = Churn(amount: 0, range: 0...Double.greatestFiniteMagnitude, noise: 1)

    package init(amount: Double, range: ClosedRange<Double>, noise: Double) {
      self.amount = amount
      self.range = range
      self.noise = noise
    }
  }

  /// A step from the level `churned` down to the next one.
  package struct Step: Sendable, Equatable {
    /// The level of the first evaluation, which is noisier than the node of the step with churn.
    package let churned: Node
    /// The standard deviation of the noise that is added.
    package let addedNoise: Double
    /// Euler's step from x̂ and D at x̂.
    package let euler: LinearStep
    /// The node of the second evaluation, or `nil` for the last step.
    package let next: Node?
    /// Heun's step from x̂, with D at the end of Euler's step and D at x̂.
    package let heun: LinearStep
  }

  package let nodes: [Node]
  package let steps: [Step]

  /// - Parameters:
  ///   - levels: the noise levels at which the network can be evaluated.
  ///   - count: the number of steps, at least 2.
  package init(_ levels: some NoiseLevels, count: Int, churn: Churn = .none) {
    precondition(count > 1, "Heun's method takes two steps or more")
    let karras = KarrasLevels(levels.sigmaHats, count: count)
    let nodes = (0..<count).map { levels.nearestNode(sigmaHat: karras.sigmaHat($0)) }
    self.nodes = nodes
    let most = 2.0.squareRoot() - 1
    steps = nodes.enumerated().map { i, node in
      let gamma =
        churn.range.contains(node.sigmaHat) ? min(churn.amount / Double(count), most) : 0
      return Step(
        from: node, churnedTo: levels.nearestNode(sigmaHat: node.sigmaHat * (1 + gamma)),
        to: i + 1 < count ? nodes[i + 1] : nil, noise: churn.noise)
    }
  }

  package var evaluations: [Node] {
    steps.flatMap { [$0.churned] + ($0.next.map { [$0] } ?? []) }
  }

  package func solve(
    _ x: Latents, noise: inout NoiseSource, denoiser: some Denoiser,
    stepDone: (_ node: Node) throws -> Void
  ) throws {
    let (drawn, scaled, predicted, first) = (
      Latents(like: x), Latents(like: x), Latents(like: x), Latents(like: x)
    )
    func predict(_ x: Latents, at node: Node) throws -> Latents {
      scaled.set(to: x, times: Float(node.alpha))
      return try denoiser.predict(scaled, at: node).x0
    }
    x.set(to: x, times: Float(nodes[0].sigmaHat))
    for (node, step) in zip(nodes, steps) {
      noise.fill(drawn)
      if step.addedNoise > 0 {
        let amount = Float(step.addedNoise)
        for i in x.elements.indices { x.elements[i] += amount * drawn.elements[i] }
      }
      first.copy(from: try predict(x, at: step.churned))
      step.euler.apply(x, [first], into: predicted)
      if let next = step.next {
        step.heun.apply(x, [try predict(predicted, at: next), first], into: x)
      } else {
        x.copy(from: predicted)
      }
      try stepDone(node)
    }
  }
}

extension Heun.Step {
  /// The step from σ̂ = t̂ to t', which is 0 without a next node.
  ///
  ///     d = (x̂ − D)/t̂,  x' = x̂ + (t' − t̂)·d
  ///     d' = (x' − D')/t',  x'' = x̂ + (t' − t̂)·(d + d')/2
  fileprivate init(from node: Node, churnedTo churned: Node, to next: Node?, noise: Double) {
    let (t, tHat) = (node.sigmaHat, churned.sigmaHat)
    self.churned = churned
    self.next = next
    addedNoise = max(tHat * tHat - t * t, 0).squareRoot() * noise
    let end = next?.sigmaHat ?? 0
    euler = LinearStep(x: end / tHat, predictions: [1 - end / tHat])
    guard next != nil else {
      heun = euler
      return
    }
    let half = (end - tHat) / 2
    // x' is replaced by its own combination of x̂ and D.
    let slope = half / end
    heun = LinearStep(
      x: 1 + half / tHat + slope * euler.x,
      predictions: [-slope, -half / tHat + slope * euler.predictions[0]])
  }
}
