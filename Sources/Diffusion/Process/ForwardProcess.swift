// Ho et al. 2020, "Denoising Diffusion Probabilistic Models", equation 4; the reference's `q_sample`.

extension Latents {
  /// Returns xₜ = α·x₀ + σ·ε at a node, with this batch as x₀.
  ///
  /// - Parameter noise: ε, standard normal, with the shape of this batch.
  package func noised(at node: Node, with noise: Latents) -> Latents {
    precondition(noise.batch == batch && noise.shape == shape, "noise of another shape")
    let result = Latents(like: self)
    let (alpha, sigma) = (Float(node.alpha), Float(node.sigma))
    for i in elements.indices {
      result.elements[i] = alpha * elements[i] + sigma * noise.elements[i]
    }
    return result
  }

  /// The standard deviation of all elements.
  package var standardDeviation: Double {
    let count = Double(max(elements.count, 1))
    let mean = elements.reduce(0) { $0 + Double($1) } / count
    let squares = elements.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return (squares / count).squareRoot()
  }
}
