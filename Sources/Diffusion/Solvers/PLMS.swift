// Liu et al. 2022, "Pseudo Numerical Methods for Diffusion Models on Manifolds", as latent-diffusion
// samples (ldm/models/diffusion/plms.py, `PLMSSampler`).

/// The pseudo linear multistep method: DDIM's deterministic step with an ε that is extrapolated from up to
/// four predictions.
///
/// The first step evaluates the network twice, as in Heun's method, and the others once. The reference
/// also draws noise, but multiplies it by 0. Here none is drawn, which gives the same images.
package struct PLMS: Solver {
  package let nodes: [Node]
  let steps: [LatentStep]

  package init(_ timesteps: LatentTimesteps) {
    nodes = timesteps.nodes
    steps = timesteps.steps(eta: 0)
  }

  package var evaluations: [Node] { [nodes[0], second] + nodes.dropFirst() }

  /// The node of the second evaluation.
  private var second: Node { nodes[min(1, nodes.count - 1)] }

  package func solve(
    _ x: Latents, noise: inout NoiseSource, denoiser: some Denoiser,
    stepDone: (_ node: Node) throws -> Void
  ) throws {
    // The latest ε, the newest first.
    var history = PredictionHistory(4, like: x)
    let (epsilon, predicted) = (Latents(like: x), Latents(like: x))
    for (i, (node, step)) in zip(nodes, steps).enumerated() {
      try denoiser.predict(x, at: node).writeEpsilon(of: x, at: node, into: epsilon)
      history.add(epsilon)
      if i == 0 {
        step.apply(x, epsilon: epsilon, noise: nil, into: predicted)
        try denoiser.predict(predicted, at: second)
          .writeEpsilon(of: predicted, at: second, into: epsilon)
        for i in epsilon.elements.indices {
          epsilon.elements[i] = (history.predictions[0].elements[i] + epsilon.elements[i]) / 2
        }
      } else {
        Self.extrapolate(Array(history.predictions.prefix(i + 1)), into: epsilon)
      }
      step.apply(x, epsilon: epsilon, noise: nil, into: x)
      try stepDone(node)
    }
  }

  /// The factors of the method of Adams and Bashforth for two, three and four predictions, and their
  /// divisor.
  private static let factors: [(factors: [Float], divisor: Float)] = [
    ([3, -1], 2), ([23, -16, 5], 12), ([55, -59, 37, -9], 24),
  ]

  /// - Parameter history: two to four predictions, the newest first.
  private static func extrapolate(_ history: [Latents], into result: Latents) {
    let (factors, divisor) = factors[history.count - 2]
    let result = result.elements
    for i in result.indices { result[i] = factors[0] * history[0].elements[i] }
    for (factor, epsilon) in zip(factors, history).dropFirst() {
      for i in result.indices { result[i] += factor * epsilon.elements[i] }
    }
    for i in result.indices { result[i] /= divisor }
  }
}
