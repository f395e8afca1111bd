// One step of latent-diffusion's samplers: `p_sample_ddim` in ldm/models/diffusion/ddim.py, and
// `get_x_prev_and_pred_x0` in plms.py. It is equation 12 of Song et al. 2021, "Denoising Diffusion
// Implicit Models", with ε as the network gives it.

/// The factors of a step from xₜ to xₜ₋₁, in single precision as in the reference.
struct LatentStep: Sendable, Equatable {
  /// √ᾱ and √(1 − ᾱ).
  let alpha: Float
  let sigma: Float
  /// √ᾱ of the next step.
  let alphaNext: Float
  /// The factor of ε in xₜ₋₁: √(1 − ᾱ' − σ²).
  let direction: Float
  /// σ, the standard deviation of the added noise.
  let noise: Float

  /// - Parameter eta: η, which scales the noise.
  init(alphaBar: Float, next: Float, eta: Double) {
    alpha = alphaBar.squareRoot()
    sigma = (1 - alphaBar).squareRoot()
    alphaNext = next.squareRoot()
    // The reference divides by a single-precision number, and does the rest in double precision.
    let reciprocal = Double(1 / (1 - alphaBar))
    let variance = (1 - Double(next)) * reciprocal * (1 - Double(alphaBar) / Double(next))
    noise = Float(eta * variance.squareRoot())
    direction = (1 - next - noise * noise).squareRoot()
  }

  /// Writes xₜ₋₁ into `result`, which may be `x` itself.
  ///
  /// - Parameter drawn: standard normal numbers, or `nil` for a step that adds no noise.
  func apply(_ x: Latents, epsilon: Latents, noise drawn: Latents?, into result: Latents) {
    let (x, epsilon, result) = (x.elements, epsilon.elements, result.elements)
    for i in x.indices {
      let x0 = (x[i] - sigma * epsilon[i]) / alpha
      result[i] = alphaNext * x0 + direction * epsilon[i]
    }
    guard noise > 0, let drawn = drawn?.elements else { return }
    for i in result.indices { result[i] += noise * drawn[i] }
  }
}

extension LatentTimesteps {
  /// The factors of the steps in the order of a run, the noisiest first.
  func steps(eta: Double) -> [LatentStep] {
    zip(alphaBar, alphaBarPrevious).reversed().map {
      LatentStep(alphaBar: $0, next: $1, eta: eta)
    }
  }

  /// The nodes in the order of a run.
  var nodes: [Node] {
    zip(timesteps, alphaBar).reversed().map {
      Node(index: Double($0), time: Float($0), alphaBar: Double($1))
    }
  }
}
