/// Makes images from an autoencoder's latents, after a solver and before the pixels.
package protocol LatentDecoder: AnyObject {
  /// - Parameter latents: [N, C, H, W] as a solver ends.
  /// - Returns: images, [N, 3, H', W'], in [−1, 1].
  func decode(_ latents: Latents) throws -> Latents
}
