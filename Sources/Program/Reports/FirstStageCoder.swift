import Diffusion
import Job
import Model
import Output
import Wording

/// Both networks of a first stage, ready to encode and decode images of one size in f32.
struct FirstStageCoder {
  let latentShape: Latents.Shape
  private let encoder: PreparedEncoder
  private let decoder: PreparedDecoder

  /// - Parameters:
  ///   - width: the size of the images.
  ///   - path: the file of the first image, for errors.
  /// - Throws: a `Failure` if the first stage cannot take images of this size, or an error of its
  ///   networks.
  init(
    _ stage: FirstStageFile, scaling: LatentScaling, width: Int, height: Int, threads: Int,
    describing path: String
  ) throws {
    let factor = stage.configuration.downsampling
    guard width.isMultiple(of: factor), height.isMultiple(of: factor) else {
      throw Failure(
        "\(path.printable) has \(width)×\(height) pixels, but this first stage needs multiples of"
          + " \(factor): crop the images to \(max(factor, width / factor * factor))×"
          + "\(max(factor, height / factor * factor))", status: .badData)
    }
    let configuration = stage.configuration.forImages(height: height, width: width)
    latentShape = configuration.latentShape
    func prepared(_ network: any Network) throws -> PreparedNetwork {
      try PreparedNetwork(threads: threads) { network.describe(in: $0, batch: 1, type: .f32) }
    }
    encoder = try PreparedEncoder(configuration, scaling: scaling) {
      try prepared(NetworkFile.encoder(stage.file, configuration, prefix: stage.prefix))
    }
    decoder = try PreparedDecoder(configuration, scaling: scaling) {
      try prepared(NetworkFile.decoder(stage.file, configuration, prefix: stage.prefix))
    }
  }

  /// Returns the latent of an image, and the image that the decoder makes of it.
  func encoded(_ image: RGBImage) throws -> (latent: [Float], reconstruction: RGBImage) {
    let latents = try encoder.encode(Latents(pixels: image))
    let decoded = try decoder.decode(latents)
    let pixels = PixelConversion.rgb8(decoded, .rounded)[0]
    return (
      latents.values, RGBImage(width: image.width, height: image.height, pixels: pixels)
    )
  }
}
