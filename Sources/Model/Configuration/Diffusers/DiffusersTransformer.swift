import Checkpoint

/// The settings of a `DiTTransformer2DModel` of the diffusers library that its tensors do not show.
struct DiffusersTransformer {
  /// The height and width of the latents.
  let imageSize: Int
  let heads: Int

  /// - Throws: `ConfigurationError` that lists the settings that this program cannot follow.
  init(_ file: SettingsFile, scheduler: SettingsFile?) throws {
    var reader = SettingsReader(file)
    imageSize = reader.requiredInteger("sample_size", in: NetworkLimits.imageSize)
    heads = reader.requiredInteger("num_attention_heads", in: NetworkLimits.channels)
    reader.require("norm_type", .text("ada_norm_zero"))
    reader.require("activation_fn", .text("gelu-approximate"))
    reader.require("norm_elementwise_affine", .flag(false))
    reader.require("attention_bias", .flag(true))
    for key in ["num_vector_embeds", "cross_attention_dim"] { reader.require(key, .null) }
    try reader.finish("describes a transformer that this version does not run")
    guard let scheduler else { return }
    var process = SettingsReader(scheduler)
    process.require("beta_schedule", .text("linear"))
    process.require("num_train_timesteps", .number(1000))
    process.require("beta_start", .number(0.0001))
    process.require("beta_end", .number(0.02))
    process.require("trained_betas", .null)
    process.require("prediction_type", .text("epsilon"))
    try process.finish("describes another process than DiT's")
  }
}
