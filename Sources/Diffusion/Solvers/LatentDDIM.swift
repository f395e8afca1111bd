/// DDIM as latent-diffusion samples (ldm/models/diffusion/ddim.py, `DDIMSampler`).
///
/// It differs from `DDIM` in the steps it visits (`LatentTimesteps`), in the end of the last step, which
/// is ᾱ of trained step 0 and not 1, and in the noise that the last step adds too. ε is that of the
/// network, and is not computed again from x̂₀. A step draws noise at η = 0 too, as in `DDIM`.
package struct LatentDDIM: Solver {
  package let nodes: [Node]
  let steps: [LatentStep]

  /// - Parameter eta: the amount of noise, from 0 to 1.
  package init(_ timesteps: LatentTimesteps, eta: Float = 0) {
    nodes = timesteps.nodes
    // The shortest decimal is the number that the user gave, which the reference reads as a double.
    steps = timesteps.steps(eta: Double(eta.description) ?? Double(eta))
  }

  /// σ of each step, the noisiest first.
  package var noise: [Float] { steps.map(\.noise) }

  package func solve(
    _ x: Latents, noise: inout NoiseSource, denoiser: some Denoiser,
    stepDone: (_ node: Node) throws -> Void
  ) throws {
    let (epsilon, drawn) = (Latents(like: x), Latents(like: x))
    for (node, step) in zip(nodes, steps) {
      try denoiser.predict(x, at: node).writeEpsilon(of: x, at: node, into: epsilon)
      noise.fill(drawn)
      step.apply(x, epsilon: epsilon, noise: drawn, into: x)
      try stepDone(node)
    }
  }
}

extension Prediction {
  /// Copies the network's ε, or computes ε from x̂₀ if the prediction has none, because x̂₀ was limited.
  ///
  /// - Parameter x: xₜ.
  func writeEpsilon(of x: Latents, at node: Node, into result: Latents) {
    if let epsilon { return result.copy(from: epsilon) }
    let coefficients = EpsilonCoefficients(alphaBar: node.alphaBar)
    for i in x.elements.indices {
      result.elements[i] = coefficients.epsilon(xt: x.elements[i], x0: x0.elements[i])
    }
  }
}
