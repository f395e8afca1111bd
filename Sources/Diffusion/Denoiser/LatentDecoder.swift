/// Converts an autoencoder's latents to images, between the solver and the pixels.
package protocol LatentDecoder: AnyObject {
  /// - Parameter latents: the result of a solver, [N, C, H, W].
  /// - Returns: images, [N, 3, H', W'], in [−1, 1].
  func decode(_ latents: Latents) throws -> Latents
}
