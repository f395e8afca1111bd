// Ma et al. 2024, "SiT: Exploring Flow and Diffusion-based Generative Models with Scalable Interpolant
// Transformers", section 3: the reverse SDE with the diffusion w = u, as in SiT's transport (`sigma`,
// last step `Mean`) and REPA's samplers.py, `euler_maruyama_sampler`. Symbols as in `FlowODE`.
import Foundation

/// Samples the reverse SDE of a flow, which has the same distributions as its equation but adds noise
/// in each step.
///
/// The levels are equally far apart from u = 1 to u = 0.04, with one evaluation at each. The last step
/// goes from there to u = 0, and adds no noise. Noise is drawn for every step but the last.
package struct EulerMaruyama: Solver {
  package let nodes: [Node]
  /// The step that leaves each node.
  package let steps: [LinearStep]

  /// The length of the last step, that of 250 steps between SiT's bounds.
  private static let lastStep = 0.04

  /// - Parameter count: the number of steps, at least 2.
  package init(_ levels: FlowLevels, count: Int) {
    precondition(count > 1, "the SDE takes two steps or more")
    let nodes = (0..<count).map { i in
      let noise = evenlySpaced(1, Self.lastStep, i, of: count)
      return levels.node(noise: levels.flow.shifted(noise: noise))
    }
    self.nodes = nodes
    steps = nodes.indices.map { i in
      Self.step(from: nodes[i], to: i + 1 < count ? nodes[i + 1] : nil)
    }
  }

  package func solve(
    _ x: Latents, noise: inout NoiseSource, denoiser: some Denoiser,
    stepDone: (_ node: Node) throws -> Void
  ) throws {
    let state = FlowState(denoiser, like: x)
    let drawn = Latents(like: x)
    for (node, step) in zip(nodes, steps) {
      let x0 = try state.predict(x, at: node)
      if step.noise > 0 { noise.fill(drawn) }
      step.apply(x, [x0], noise: drawn, into: x)
      try stepDone(node)
    }
  }

  /// Returns the step from u to u', which is 0 without a next node.
  ///
  /// The score is −ε/u, and ε = (x − (1 − u)·D)/u, so that with h = u − u':
  ///
  ///     x ← x + h·(D − 2ε) + √(2u·h)·z
  private static func step(from node: Node, to next: Node?) -> LinearStep {
    let u = node.noiseShare
    let h = u - (next?.noiseShare ?? 0)
    return LinearStep(
      x: 1 - 2 * h / u, predictions: [h * (2 - u) / u],
      noise: next == nil ? 0 : (2 * u * h).squareRoot())
  }
}
