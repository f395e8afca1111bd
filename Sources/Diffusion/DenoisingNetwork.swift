/// What sampling asks of the networks; labels, weights and precision are their own affair.
///
/// A returned buffer belongs to the network and is valid until the same method is called again.
package protocol DenoisingNetwork {
  /// The denoiser's output at xₜ: ε, or x₀ where the checkpoint predicts that, and behind it v
  /// where it learns σ.
  ///
  /// - Parameters:
  ///   - x: xₜ, [N, 3, H, W].
  ///   - timestep: the trained timestep, rescaled where the checkpoint wants it.
  /// - Returns: [N, 3, H, W], or [N, 6, H, W] where σ is learned.
  func output(
    at x: UnsafeBufferPointer<Float>, timestep: Float
  ) throws -> UnsafeBufferPointer<Float>

  /// ∂/∂xₜ log p(label | xₜ), times the guidance scale, [N, 3, H, W]; nil without guidance.
  func guidance(
    at x: UnsafeBufferPointer<Float>, timestep: Float
  ) throws -> UnsafeBufferPointer<Float>?
}
