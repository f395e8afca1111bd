import Compute
import Diffusion

/// The decoder of an autoencoder, ready to run. It decodes one image at a time, because the memory of
/// an image in full resolution is large.
///
/// It belongs to the thread that created it.
package final class PreparedDecoder {
  private let network: PreparedNetwork
  private let scaling: LatentScaling
  private let latent: Latents
  private let imageShape: Latents.Shape

  /// - Parameters:
  ///   - configuration: the autoencoder, in the size of the images.
  ///   - scaling: the scaling of the latents that are decoded.
  ///   - network: returns the decoder as one of a job's networks, for a batch of one image.
  /// - Throws: `LatentScalingError` if the scaling is impossible, or an error of `network`.
  package init(
    _ configuration: AutoencoderConfiguration, scaling: LatentScaling,
    network: () throws -> PreparedNetwork
  ) throws {
    try scaling.validate(channels: configuration.latentChannels)
    self.network = try network()
    self.scaling = scaling
    latent = Latents(zeros: 1, configuration.latentShape)
    imageShape = configuration.imageShape
  }

  /// The memory of activations and scratch in bytes, without weights and shared memory.
  package var workingBytes: Int { network.workingBytes }

  /// Returns the images of latents, [N, 3, H, W], in [−1, 1] or slightly beyond.
  ///
  /// - Parameter latents: the result of a solver, [N, C, h, w].
  /// - Precondition: the latents have the size that the decoder was prepared for.
  package func decode(_ latents: Latents) throws -> Latents {
    let images = Latents(zeros: latents.batch, imageShape)
    for image in 0..<latents.batch {
      _ = latent.elements.update(from: latents[image])
      scaling.unscale(latent)
      _ = images[image].update(from: try network.run(latent))
    }
    return images
  }
}

extension AutoencoderConfiguration {
  /// The shape of a latent, [C, h, w].
  package var latentShape: Latents.Shape {
    .init(channels: latentChannels, height: latentHeight, width: latentWidth)
  }

  /// The shape of an image, [3, H, W].
  package var imageShape: Latents.Shape {
    .init(channels: 3, height: imageHeight, width: imageWidth)
  }
}
