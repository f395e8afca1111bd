/// A way from noise to an image.
///
/// A solver owns the nodes at which it asks for predictions and the loop over them. It sees the
/// networks only through a `Denoiser`, asks it as often as it needs to, and keeps what it has to
/// remember in local variables.
///
/// It treats every image of a batch by itself, so that an image does not depend on its batch.
package protocol Solver: Sendable {
  /// The nodes of the steps in the order they are visited, the noisiest first.
  var nodes: [Node] { get }

  /// Takes a batch from noise at the first node to x₀, in place.
  ///
  /// - Parameters:
  ///   - x: x_T, standard normal, [N, C, H, W].
  ///   - noise: more noise for solvers that need it.
  ///   - denoiser: predicts x₀.
  ///   - stepDone: to be called after each step with the node that the step left. It clears images
  ///     that are no longer finite from `x`; what it throws ends the run.
  func solve(
    _ x: Latents, noise: inout NoiseSource, denoiser: some Denoiser,
    stepDone: (_ node: Node) throws -> Void
  ) throws
}
