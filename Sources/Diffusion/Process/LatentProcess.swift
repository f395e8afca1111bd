// The noise schedule of CompVis' latent-diffusion: ldm/modules/diffusionmodules/util.py,
// `make_beta_schedule`, and ldm/models/diffusion/ddpm.py, `register_schedule` (Rombach et al. 2022,
// "High-Resolution Image Synthesis with Latent Diffusion Models").

/// The noising process of a latent diffusion model. Its √β are equally far apart, which is called
/// "linear" there, and its ᾱ are rounded to single precision before anything is computed from them.
package struct LatentProcess: Sendable, Equatable, Codable {
  /// β of the first and of the last trained step.
  package var betaStart: Double
  package var betaEnd: Double
  /// ᾱ of each trained step as the checkpoint stores it, or `nil` if it follows from β.
  package var storedAlphaBar: [Float]?

  package init(betaStart: Double, betaEnd: Double, storedAlphaBar: [Float]? = nil) {
    self.betaStart = betaStart
    self.betaEnd = betaEnd
    self.storedAlphaBar = storedAlphaBar
  }

  /// Returns ᾱ of each of `steps` trained steps, the least noisy first.
  package func alphaBar(steps: Int) -> [Float] {
    storedAlphaBar
      ?? TrainedSchedule.cumulativeProduct(betas(steps: steps).map { 1 - $0 }).map(Float.init)
  }

  /// Returns β of each of `steps` steps: the squares of torch's `linspace`, which counts the first half
  /// from the start and the second half from the end.
  private func betas(steps: Int) -> [Double] {
    let (first, last) = (betaStart.squareRoot(), betaEnd.squareRoot())
    let distance = (last - first) / Double(steps - 1)
    return (0..<steps).map { step in
      let root =
        step < steps / 2
        ? first + distance * Double(step) : last - distance * Double(steps - 1 - step)
      return root * root
    }
  }

  /// Whether ᾱ falls from step to step, and stays between 0 and 1.
  package func isValid(steps: Int) -> Bool {
    let alphaBar = alphaBar(steps: steps)
    return alphaBar.count == steps && alphaBar.allSatisfy { 0 < $0 && $0 < 1 }
      && zip(alphaBar, alphaBar.dropFirst()).allSatisfy(>)
  }
}
