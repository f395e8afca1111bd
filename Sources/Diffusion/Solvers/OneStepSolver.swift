/// A solver that performs the kept steps of the trained process one by one, with one prediction and
/// one draw of noise for each, like the reference's `p_sample_loop`.
package protocol OneStepSolver: Solver {
  var process: GaussianDiffusion { get }

  /// Takes one image from xₜ to xₜ₋₁, in place.
  ///
  /// - Parameter step: the kept step, from `process.count` − 1 down to 0.
  func advance(_ image: ImageStep, step: Int)
}

/// The data of one image in a step. Every buffer holds [C, H, W].
package struct ImageStep {
  /// xₜ, which is replaced by xₜ₋₁.
  package let x: UnsafeMutableBufferPointer<Float>
  /// The image's part of `Prediction.x0`.
  package let x0: UnsafeMutableBufferPointer<Float>
  /// The image's part of `Prediction.unguidedX0`.
  package let unguidedX0: UnsafeMutableBufferPointer<Float>
  package let gradient: UnsafePointer<Float>?
  package let v: UnsafePointer<Float>?
  /// Standard normal numbers. They are drawn for every step, even if the step does not use them.
  package let noise: UnsafeMutableBufferPointer<Float>
}

extension OneStepSolver {
  package var nodes: [Node] {
    (0..<process.count).reversed().map(process.node(at:))
  }

  package func solve(
    _ x: Latents, noise: inout NoiseSource, denoiser: some Denoiser,
    stepDone: (_ node: Node) throws -> Void
  ) throws {
    let drawn = Latents(like: x)
    for step in (0..<process.count).reversed() {
      let node = process.node(at: step)
      let prediction = try denoiser.predict(x, at: node)
      noise.fill(drawn)
      advance(x, step: step, prediction, noise: drawn)
      try stepDone(node)
    }
  }

  /// Advances a batch from xₜ to xₜ₋₁, in place.
  package func advance(_ x: Latents, step: Int, _ prediction: Prediction, noise: Latents) {
    for image in 0..<x.batch {
      advance(
        ImageStep(
          x: x[image], x0: prediction.x0[image], unguidedX0: prediction.unguidedX0[image],
          gradient: prediction.gradient?[image], v: prediction.v?[image], noise: noise[image]),
        step: step)
    }
  }
}
