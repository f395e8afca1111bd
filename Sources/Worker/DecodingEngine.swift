import Cache
import Compute
import Diffusion
import Job
import Model
import Output
import Recipe

/// Makes images of latents that exist already. Each rank has one engine.
///
/// It is created, used and released on one thread.
package final class DecodingEngine: ImageMaker {
  private let latents: LatentsCollection
  private let decoder: PreparedDecoder
  private let shape: Latents.Shape
  private let rounding: PixelConversion.Rounding
  private let encoder: ImageEncoder
  /// The memory of activations.
  private let activations: AlignedBuffer

  /// Prepares the decoder: lays out memory, creates primitives, and packs weights unless they are in
  /// the cache.
  ///
  /// - Parameters:
  ///   - recipe: the recipe of `decoding`.
  ///   - threads: the number of threads to compute with.
  ///   - cache: the folder of packed weights that ranks share. Without it, each rank has its own copy.
  ///   - ownCopies: what it costs if weights cannot be shared, for the warning.
  ///   - sharing: the packed weights that the ranks pass to each other.
  ///   - isGrayscale: whether the PNG files are 8-bit grey instead of RGB.
  ///   - note: receives messages for the user. All ranks may send the same message.
  /// - Throws: the errors of the network, of its file and of the file of latents.
  package init(
    _ recipe: SamplingRecipe, _ decoding: LatentDecoding, threads: Int, cache: CacheFolder?,
    ownCopies: String = PackedCache.ownCopies, sharing: PackedSharing? = nil,
    isGrayscale: Bool = false, note: @escaping (CacheMessage) -> Void
  ) throws {
    try recipe.checkProcessor()
    let weights = cache.map {
      PackedConstants(
        threads: threads, cache: $0, ownCopies: ownCopies, sharing: sharing, note: note)
    }
    let firstStage = decoding.firstStage
    let latents = try LatentsCollection(opening: decoding.latents.path)
    let shape = firstStage.autoencoder.latentShape
    guard
      (latents.channels, latents.height, latents.width)
        == (shape.channels, shape.height, shape.width)
    else {
      throw Failure(
        "\(latents.path) is not the file that rank 0 read: it was changed since, or nodes differ; "
          + "start again when all see the same", status: .badData)
    }
    let activations = try AlignedBuffer(byteCount: recipe.activationBytes)
    decoder = try PreparedDecoder(firstStage.autoencoder, scaling: firstStage.scaling) {
      try firstStage.source.prepared(
        firstStage.run, threads: threads, activations: activations,
        constants: weights?.constants(firstStage.source, firstStage.run) ?? PrivateConstants())
    }
    sharing?.close()
    (self.latents, self.shape, self.activations) = (latents, shape, activations)
    rounding = firstStage.rounding
    encoder = ImageEncoder(settingsHash: recipe.hash, isGrayscale: isGrayscale)
  }

  package var workingBytes: Int { activations.byteCount + decoder.workingBytes }

  package func make(
    _ requests: [ImageRequest], report: (StepReport) -> Void,
    finish: (FinishedImage) throws -> Void
  ) throws -> [Int: NotFinite] {
    var notFinite: [Int: NotFinite] = [:]
    for (number, request) in requests.enumerated() {
      let latent = try latent(at: request.index)
      let image = try decoder.decode(latent)
      report(StepReport(step: number + 1, of: requests.count))
      // The nearest code of a codebook is finite even if the latent is not.
      if latent.isFinite(image: 0) && image.isFinite(image: 0) {
        let picture = image.pictures(rounding)[0]
        try finish(FinishedImage(index: request.index, png: try encoder.png(picture, request)))
      } else {
        notFinite[request.index] = .decoded
      }
    }
    return notFinite
  }

  private func latent(at index: Int) throws -> Latents {
    guard index < latents.count else {
      throw Failure(
        "\(latents.path) has become shorter since the job began: bring the file back as it was",
        status: .badData)
    }
    let latent = Latents(zeros: 1, shape)
    _ = latent.elements.update(from: latents.latent(at: index))
    return latent
  }
}
