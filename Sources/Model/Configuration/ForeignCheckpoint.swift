import Checkpoint
import Wording

/// Recognises common checkpoints of other model families by the names of their tensors.
enum ForeignCheckpoint {
  /// - Throws: `ConfigurationError` that says what the file is, if this program cannot use it.
  static func refuse(_ shapes: StateDictShapes) throws {
    if let reason = reason(shapes) { throw ConfigurationError(.checkpoint, reason) }
  }

  private static func reason(_ shapes: StateDictShapes) -> String? {
    if shapes.shapes.isEmpty { return "the file holds no tensors" }
    if let part = latentDiffusionParts.first(where: { shapes.contains(prefix: $0) }) {
      return "this is a part of a latent diffusion model (its names begin with \(part)), which this"
        + " network cannot be: give the whole file of the model"
    }
    if shapes.contains(prefix: "down_blocks.") || shapes.contains(prefix: "time_embedding.") {
      return
        "this network has the names of the diffusers library (down_blocks, time_embedding): give"
        + " the folder that the file is in, with its config.json"
    }
    if shapes.shapes.keys.contains(where: { $0.contains(".transformer_blocks.") }) {
      return "this network has cross-attention (transformer_blocks), as those of latent diffusion"
        + " do; this version runs guided-diffusion's UNetModel only"
    }
    guard shapes[NetworkPattern.anchor] == nil else { return nil }
    let example = shapes.shapes.keys.min() ?? ""
    return "this is no network of guided-diffusion: there is no \(NetworkPattern.anchor) among its"
      + " \(shapes.shapes.count) tensors (one is \(example.printable))"
  }

  static let latentDiffusionParts = [
    LatentDiffusionNames.unet, LatentDiffusionNames.firstStage, LatentDiffusionNames.conditioning,
  ]
}
