import Checkpoint

extension NetworkPattern {
  /// A tensor that both networks have, at the top level of their names.
  static let anchor = "time_embed.0.weight"
  private static let decoder = "output_blocks."

  /// guided-diffusion's `UNetModel`.
  package static let unet = NetworkPattern(
    anchor: anchor, parts: [decoder], wholes: ForeignCheckpoint.latentDiffusionParts)

  /// guided-diffusion's `EncoderUNetModel`.
  package static let classifier = NetworkPattern(
    anchor: anchor, foreignParts: [decoder], wholes: ForeignCheckpoint.latentDiffusionParts)

  /// DiT's `DiT`, with the networks of SiT and REPA.
  package static let transformer = NetworkPattern(
    anchor: TransformerSignature.anchor, parts: ["final_layer."],
    diffusers: .transformer, parameters: [TransformerSignature.positions])
}

extension NetworkPattern {
  /// A first stage: latent diffusion's `AutoencoderKL` or `VQModel`. Beside its own tensors, its file
  /// may hold those of a loss and averages that nobody decodes with.
  package static let autoencoder = NetworkPattern(
    anchor: "decoder.conv_in.weight",
    wholes: ForeignCheckpoint.latentDiffusionParts + ["loss.", "model_ema."],
    diffusers: .autoencoder)
}
