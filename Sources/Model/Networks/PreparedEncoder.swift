import Compute
import Diffusion
import Foundation

/// The encoder of an autoencoder, ready to run. It encodes one image at a time, because the memory of
/// an image in full resolution is large.
///
/// It belongs to the thread that created it.
package final class PreparedEncoder {
  private let network: PreparedNetwork
  private let scaling: LatentScaling
  private let image: Latents
  private let latentShape: Latents.Shape

  /// The smallest and largest logarithm of the variance (latent diffusion's distributions.py).
  private static let logVariance: ClosedRange<Float> = -30...20

  /// - Parameters: as for `PreparedDecoder`. `network` returns the encoder.
  /// - Throws: as for `PreparedDecoder`.
  package init(
    _ configuration: AutoencoderConfiguration, scaling: LatentScaling,
    network: () throws -> PreparedNetwork
  ) throws {
    try scaling.validate(channels: configuration.latentChannels)
    self.network = try network()
    self.scaling = scaling
    image = Latents(zeros: 1, configuration.imageShape)
    latentShape = configuration.latentShape
  }

  /// Returns the latents of images as a diffusion model takes them.
  ///
  /// - Parameters:
  ///   - images: [N, 3, H, W], from −1 to 1, in the size that the encoder was prepared for.
  ///   - noise: standard normal numbers [N, C, h, w], with which the latents are drawn from the normal
  ///     distribution that the encoder returns. Without them, they are its mean.
  /// - Returns: [N, C, h, w].
  package func encode(_ images: Latents, noise: Latents? = nil) throws -> Latents {
    let latents = Latents(zeros: images.batch, latentShape)
    for index in 0..<images.batch {
      _ = image.elements.update(from: images[index])
      let moments = try network.run(image)
      let latent = latents[index]
      for i in latent.indices { latent[i] = moments[i] }
      if let noise, moments.count > latent.count {
        add(noise[index], logVariances: moments.dropFirst(latent.count), to: latent)
      }
    }
    scaling.scale(latents)
    return latents
  }

  /// Adds exp(½·log σ²)·n to every element.
  private func add(
    _ noise: UnsafeMutableBufferPointer<Float>, logVariances: Slice<UnsafeBufferPointer<Float>>,
    to latent: UnsafeMutableBufferPointer<Float>
  ) {
    for (i, logVariance) in zip(latent.indices, logVariances) {
      let limited = min(max(logVariance, Self.logVariance.lowerBound), Self.logVariance.upperBound)
      latent[i] += exp(0.5 * limited) * noise[i]
    }
  }
}
