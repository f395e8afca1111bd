/// An algorithm that turns noise into an image.
///
/// A solver owns the nodes at which it requests predictions, and the loop over them. It sees the
/// networks only through a `Denoiser`, which it may call any number of times, and keeps its history
/// in local variables.
///
/// It treats every image of a batch by itself, so that an image does not depend on its batch.
package protocol Solver: Sendable {
  /// The nodes of the steps in the order they are visited, the noisiest first.
  var nodes: [Node] { get }

  /// The nodes at which a run requests predictions, in order. Most solvers request one for each step.
  var evaluations: [Node] { get }

  /// Takes a batch from noise at the first node to x₀, in place.
  ///
  /// - Parameters:
  ///   - x: x_T, standard normal, [N, C, H, W].
  ///   - noise: the source of noise for solvers that need more.
  ///   - denoiser: predicts x₀.
  ///   - stepDone: must be called after each step with the node that the step left. It clears images
  ///     that are no longer finite from `x`. An error that it throws ends the run.
  func solve(
    _ x: Latents, noise: inout NoiseSource, denoiser: some Denoiser,
    stepDone: (_ node: Node) throws -> Void
  ) throws
}

extension Solver {
  package var evaluations: [Node] { nodes }
}
