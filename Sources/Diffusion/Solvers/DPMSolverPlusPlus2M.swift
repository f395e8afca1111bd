// Lu et al. 2022, "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models",
// algorithm 2, DPM-Solver++(2M), and section 4.3, SDE-DPM-Solver++(2M). Symbols as there: h is a step
// in λ, r the ratio of the step before to this one, and x_θ the predicted x₀. η goes from one to the
// other as in k-diffusion's `sample_dpmpp_2m_sde`.
import Foundation

/// The multistep solver of second order for the probability-flow equation (η = 0, which is
/// deterministic), or for the reverse diffusion, which adds noise in each step (η = 1).
///
/// Each step extrapolates from two predictions, at its own node and at the node before. These steps
/// are of first order, like those of DDIM:
///
/// - the first step, because there is no prediction before it;
/// - the step into the last noise level, unless `lowersOrderAtEnd` is false. On most grids it is much
///   longer than the step before, so that the extrapolation would be poor;
/// - the step to σ = 0, which gives x_θ itself.
///
/// x_T is taken as standard normal at the first node. With η > 0, noise is drawn for each step that
/// adds any, that is, for all but the step to σ = 0.
package struct DPMSolverPlusPlus2M: Solver {
  package let nodes: [Node]
  /// The step that leaves each node. The newest prediction is that at the node itself.
  package let steps: [LinearStep]

  /// - Parameter eta: the amount of noise, from 0 to 1.
  package init(_ grid: Grid, eta: Double = 0, lowersOrderAtEnd: Bool = true) {
    nodes = grid.nodes
    let levels = grid.levels
    steps =
      levels.indices.dropFirst().map { i in
        let order = grid.order(ofStepInto: i, atMost: 2, lowersAtEnd: lowersOrderAtEnd)
        return Self.step(
          from: levels[i - 1], to: levels[i], before: order == 2 ? levels[i - 2] : nil, eta: eta)
      } + (grid.end == nil ? [.toZero] : [])
  }

  package func solve(
    _ x: Latents, noise: inout NoiseSource, denoiser: some Denoiser,
    stepDone: (_ node: Node) throws -> Void
  ) throws {
    var history = PredictionHistory(2, like: x)
    let drawn = Latents(like: x)
    for (node, step) in zip(nodes, steps) {
      history.add(try denoiser.predict(x, at: node).x0)
      if step.noise > 0 { noise.fill(drawn) }
      step.apply(x, history.predictions, noise: drawn, into: x)
      try stepDone(node)
    }
  }

  /// Returns the step between two nodes: of second order with a node before them, else of first
  /// order.
  ///
  ///     x ← (σₜ/σₛ)·e^(−ηh)·x − αₜ·(e^(−(1+η)h) − 1)·D + σₜ·√(1 − e^(−2ηh))·z
  ///     D = (1 + 1/2r)·x_θ − (1/2r)·x_θ'
  private static func step(
    from s: Node, to t: Node, before: Node?, eta: Double
  ) -> LinearStep {
    let h = t.lambda - s.lambda
    let x = t.sigma / s.sigma * exp(-eta * h)
    let factor = -t.alpha * expm1(-(1 + eta) * h)
    let noise = t.sigma * (-expm1(-2 * eta * h)).squareRoot()
    guard let before else { return LinearStep(x: x, predictions: [factor], noise: noise) }
    let r = (s.lambda - before.lambda) / h
    return LinearStep(
      x: x, predictions: [factor * (1 + 1 / (2 * r)), -factor / (2 * r)], noise: noise)
  }
}
