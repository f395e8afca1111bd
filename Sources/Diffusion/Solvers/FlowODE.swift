// Euler's and Heun's methods for the equation of a flow, as in REPA's samplers.py, `euler_sampler`, and
// with torchdiffeq's `euler` in SiT and LightningDiT. Symbols: u is the share of noise, D the
// predicted x₀, and V = (x − D)/u the velocity towards noise.

/// Follows the equation dx/du = V of a flow from noise at u = 1 to the image at u = 0, with steps of
/// equal length in time. It is deterministic.
///
/// The state is the x of the flow, (1 − u)·x₀ + u·ε. Heun's method averages the velocities at both ends
/// of each step but the last, which is Euler's.
package struct FlowODE: Solver {
  package enum Order: Sendable {
    case euler
    case heun
  }

  /// A step to the next level.
  package struct Step: Sendable, Equatable {
    package let euler: LinearStep
    /// The node of a second evaluation, at the end of Euler's step, and the step from x, with D there
    /// and D at x.
    package let correction: Correction?

    package struct Correction: Sendable, Equatable {
      package let node: Node
      package let step: LinearStep
    }
  }

  package let nodes: [Node]
  package let steps: [Step]

  /// - Parameter count: the number of steps.
  package init(_ levels: FlowLevels, count: Int, _ order: Order) {
    let nodes = levels.timeLevels(count)
    self.nodes = nodes
    steps = nodes.indices.map { i in
      Step(from: nodes[i], to: i + 1 < count ? nodes[i + 1] : nil, order)
    }
  }

  package var evaluations: [Node] {
    zip(nodes, steps).flatMap { [$0] + ($1.correction.map { [$0.node] } ?? []) }
  }

  package func solve(
    _ x: Latents, noise: inout NoiseSource, denoiser: some Denoiser,
    stepDone: (_ node: Node) throws -> Void
  ) throws {
    let state = FlowState(denoiser, like: x)
    let (predicted, first) = (Latents(like: x), Latents(like: x))
    for (node, step) in zip(nodes, steps) {
      guard let correction = step.correction else {
        step.euler.apply(x, [try state.predict(x, at: node)], into: x)
        try stepDone(node)
        continue
      }
      first.copy(from: try state.predict(x, at: node))
      step.euler.apply(x, [first], into: predicted)
      correction.step.apply(
        x, [try state.predict(predicted, at: correction.node), first], into: x)
      try stepDone(node)
    }
  }
}

extension FlowODE.Step {
  /// The step from u to u', which is 0 without a next node.
  ///
  ///     x' = x + (u' − u)·V = (u'/u)·x + (1 − u'/u)·D
  ///     x'' = x + (u' − u)·(V + V')/2
  fileprivate init(from node: Node, to next: Node?, _ order: FlowODE.Order) {
    let (u, end) = (node.noiseShare, next?.noiseShare ?? 0)
    euler = LinearStep(x: end / u, predictions: [1 - end / u])
    guard let next, order == .heun else {
      correction = nil
      return
    }
    let half = (end - u) / 2
    // V' is that of x', which is a combination of x and D.
    let slope = half / end
    correction = Correction(
      node: next,
      step: LinearStep(
        x: 1 + half / u + slope * euler.x,
        predictions: [-slope, -half / u + slope * euler.predictions[0]]))
  }
}

/// A denoiser as solvers of flows see it, whose state is (1 − u)·x₀ + u·ε.
struct FlowState<D: Denoiser> {
  private let denoiser: D
  private let scaled: Latents

  init(_ denoiser: D, like x: Latents) {
    self.denoiser = denoiser
    scaled = Latents(like: x)
  }

  /// Predicts x₀. The buffer is valid until the next prediction.
  func predict(_ x: Latents, at node: Node) throws -> Latents {
    // A denoiser takes α·x₀ + σ·ε with α² + σ² = 1.
    scaled.set(to: x, times: Float(node.alpha + node.sigma))
    return try denoiser.predict(scaled, at: node).x0
  }
}
