import Cache
import Checkpoint
import Compute
import Diffusion
import Job
import Model
import Recipe

/// The autoencoder of a model of latents.
extension ModelChoice {
  /// Returns the first stage that turns the model's latents into images: the one of `--first-stage`, or
  /// the one in the model's file; `nil` for a model of images.
  func firstStage(
    _ options: JobRequest.Networks, precision: ElementType, _ hashes: FileHashes
  ) throws -> FirstStage? {
    guard let space = description.latentSpace else {
      guard options.firstStage == nil else {
        throw Failure(
          "--first-stage turns latents into images, but this model makes images: leave it out",
          status: .usage)
      }
      return nil
    }
    var source: NetworkSource
    if let path = options.firstStage ?? space.firstStage?.folder {
      let firstStage = try Self.naming(path) { try FirstStageFile(option: path) }
      source = NetworkSource(
        path: firstStage.file.path, sha256: try hashes.sha256(of: firstStage.file.files),
        architecture: .decoder(firstStage.configuration), weights: .init(firstStage.file),
        prefix: firstStage.prefix)
    } else if let own = space.firstStage {
      source = NetworkSource(
        path: file.path, sha256: try hashes.sha256(of: file.files),
        architecture: .decoder(own.configuration), weights: .init(file), prefix: own.prefix)
    } else {
      throw Failure(
        "\(file.path): this model makes latents, and its file has no autoencoder that turns them into "
          + "images: give one with --first-stage, such as the folder of sd-vae-ft-ema",
        status: .usage)
    }
    try fit(&source)
    return FirstStage(
      source: source, scaling: space.scaling, rounding: space.rounding, precision: precision)
  }

  /// Sets the size of the autoencoder's images to the one that belongs to the model's latents.
  private func fit(_ source: inout NetworkSource) throws(Failure) {
    guard case .decoder(let decoder) = source.architecture else { return }
    let shape = description.network.imageShape
    guard decoder.latentChannels == shape.channels else {
      throw Failure(
        "\(source.path): this autoencoder has latents of \(decoder.latentChannels) channels, but the "
          + "model makes \(shape.channels): give the autoencoder that the model was trained with",
        status: .badData)
    }
    source.architecture = .decoder(
      decoder.forLatents(height: shape.height, width: shape.width))
  }
}
