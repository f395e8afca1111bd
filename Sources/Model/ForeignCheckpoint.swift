/// Recognises, by its tensors' names, a checkpoint of another family that people have at hand.
enum ForeignCheckpoint {
  /// - Throws: `ConfigurationError` that says what the file is, when it is not for this program.
  static func refuse(_ shapes: StateDictShapes) throws {
    if let reason = reason(shapes) { throw ConfigurationError(.checkpoint, reason) }
  }

  private static func reason(_ shapes: StateDictShapes) -> String? {
    if shapes.shapes.isEmpty { return "the file holds no tensors" }
    if let part = latentDiffusionParts.first(where: { shapes.contains(prefix: $0) }) {
      return "this is a latent diffusion checkpoint (its names begin with \(part)); this version"
        + " runs the pixel-space networks of guided-diffusion only"
    }
    if shapes.contains(prefix: "down_blocks.") || shapes.contains(prefix: "time_embedding.") {
      return "this network has the names of the diffusers library (down_blocks, time_embedding);"
        + " this version reads guided-diffusion's own names only"
    }
    if shapes.shapes.keys.contains(where: { $0.contains(".transformer_blocks.") }) {
      return "this network has cross-attention (transformer_blocks), as those of latent diffusion"
        + " do; this version runs guided-diffusion's UNetModel only"
    }
    guard shapes["time_embed.0.weight"] == nil else { return nil }
    if let prefix = wrapper(shapes) {
      return "the names begin with \(prefix.printable), as a training wrapper saves them; save the"
        + " state dict of the network inside it, whose names begin with time_embed.0.weight"
    }
    let example = shapes.shapes.keys.min() ?? ""
    return "this is no network of guided-diffusion: there is no time_embed.0.weight among its"
      + " \(shapes.shapes.count) tensors (one is \(example.printable))"
  }

  private static let latentDiffusionParts = [
    "model.diffusion_model.", "first_stage_model.", "cond_stage_model.",
  ]

  private static func wrapper(_ shapes: StateDictShapes) -> String? {
    let name = shapes.shapes.keys.filter { $0.hasSuffix(".time_embed.0.weight") }.min()
    return name.map { String($0.dropLast("time_embed.0.weight".count)) }
  }
}
