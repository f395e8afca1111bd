// Lu et al. 2022, "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models",
// algorithm 2, DPM-Solver++(2M). Symbols as there: h is a step in λ, r the ratio of the step before
// to this one, and x_θ the predicted x₀.
import Foundation

/// The multistep solver of second order for the probability-flow equation. It is deterministic.
///
/// Each step extrapolates from two predictions, that at its own node and that at the node before.
/// These steps are of first order, which is DDIM's:
///
/// - the first, because it has no prediction before it;
/// - the step into the last node. On integer nodes it is much longer than the step before, and the
///   extrapolation would be poor;
/// - the step from the last node to σ = 0, which gives x_θ itself.
///
/// x_T is taken as standard normal at the first node.
package struct DPMSolverPlusPlus2M: Solver {
  package let nodes: [Node]
  /// The step that leaves each node.
  package let steps: [Step]

  /// A step x ← a·x + b·x_θ + c·x_θ', where x_θ is the prediction at the step's node and x_θ' the
  /// one before.
  package struct Step: Sendable, Equatable {
    package let a: Double
    package let b: Double
    package let c: Double

    package init(a: Double, b: Double, c: Double) {
      self.a = a
      self.b = b
      self.c = c
    }
  }

  /// - Parameter nodes: the noisiest first, two or more, all different.
  package init(nodes: [Node]) {
    precondition(nodes.count > 1, "one node leaves nothing to solve")
    self.nodes = nodes
    steps =
      nodes.indices.dropLast().map { i in
        // At the first node there is no x_θ', and into the last node it is not used.
        let isFirstOrder = i == 0 || i == nodes.count - 2
        return Step(
          from: nodes[i], to: nodes[i + 1], before: isFirstOrder ? nil : nodes[i - 1])
      } + [Step(a: 0, b: 1, c: 0)]
  }

  /// The integer nodes of a respaced process.
  package init(_ schedule: TrainedSchedule, timesteps: [Int]) {
    self.init(nodes: timesteps.reversed().map { schedule.node(at: Double($0)) })
  }

  package func solve(
    _ x: Latents, noise: inout NoiseSource, denoiser: some Denoiser,
    stepDone: (_ node: Node) throws -> Void
  ) throws {
    let before = Latents(like: x)
    for (node, step) in zip(nodes, steps) {
      let predicted = try denoiser.predict(x, at: node).x0
      step.apply(to: x, predicted, before)
      before.copy(from: predicted)
      try stepDone(node)
    }
  }
}

extension DPMSolverPlusPlus2M.Step {
  /// The step between two nodes: of second order with a node before them, else of first order.
  ///
  ///     x ← (σₜ/σₛ)·x − αₜ·(e⁻ʰ − 1)·D,  D = (1 + 1/2r)·x_θ − (1/2r)·x_θ'
  init(from s: Node, to t: Node, before: Node?) {
    let h = t.lambda - s.lambda
    let factor = -t.alpha * expm1(-h)
    let extrapolation = before.map { h / (2 * (s.lambda - $0.lambda)) } ?? 0
    self.init(
      a: t.sigma / s.sigma, b: factor * (1 + extrapolation), c: -factor * extrapolation)
  }

  fileprivate func apply(to x: Latents, _ predicted: Latents, _ before: Latents) {
    let (a, b, c) = (Float(a), Float(b), Float(c))
    let (x, predicted, before) = (x.elements, predicted.elements, before.elements)
    for i in x.indices { x[i] = a * x[i] + b * predicted[i] + c * before[i] }
  }
}
