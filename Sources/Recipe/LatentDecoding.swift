/// The decoding of latents that exist already: latent i becomes image i of the job.
package struct LatentDecoding: Sendable, Equatable {
  package var latents: LatentsSource
  package var firstStage: FirstStage
  /// The number of images that a rank takes at a time. The decoder makes one after the other.
  package var batchSize: Int

  package init(latents: LatentsSource, firstStage: FirstStage, batchSize: Int) {
    self.latents = latents
    self.firstStage = firstStage
    self.batchSize = batchSize
  }
}

/// A file of latents that is the input of a recipe.
package struct LatentsSource: Sendable, Equatable, Codable {
  /// An .npy or .npz file.
  package var path: String
  /// A hash of the file.
  package var sha256: String
  /// The number of classes of the latents' labels, or `nil` if they have none.
  package var classCount: Int?

  package init(path: String, sha256: String, classCount: Int?) {
    self.path = path
    self.sha256 = sha256
    self.classCount = classCount
  }
}

extension FirstStage {
  /// How the decoder runs. It takes one image at a time, because its activations are by far the
  /// largest.
  package var run: NetworkRun { NetworkRun(batchSize: 1, precision: precision) }
}
