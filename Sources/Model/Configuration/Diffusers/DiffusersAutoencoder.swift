import Checkpoint
import Diffusion
import Wording

extension AutoencoderConfiguration {
  /// The first stage that a `config.json` of the class `AutoencoderKL` or `VQModel` describes
  /// (diffusers' autoencoder_kl.py and vq_model.py).
  ///
  /// - Throws: `ConfigurationError` that lists the settings that latent diffusion's autoencoders cannot
  ///   have.
  init(diffusers file: SettingsFile) throws {
    var reader = SettingsReader(file)
    let isKL = file.className == "AutoencoderKL"
    let widths = reader.integers("block_out_channels", in: NetworkLimits.channels)
    let attention = Self.attention(&reader, levels: widths.count)
    let inner = reader.integer("latent_channels", in: NetworkLimits.channels) ?? (isKL ? 4 : 3)
    let table = reader.integer("vq_embed_dim", in: NetworkLimits.channels)
    let codes = reader.integer("num_vq_embeddings", in: NetworkLimits.codes) ?? 256
    let blocks = reader.integer("layers_per_block", in: NetworkLimits.residualBlocks) ?? 1
    let size = Self.size(&reader)
    Self.requireCommonLayers(&reader)
    try reader.finish("describes a first stage that this version does not run")
    self.init(
      kind: isKL ? .kl : .vq(codes: codes, quantises: true), imageSize: size,
      latentChannels: isKL ? inner : table ?? inner, innerChannels: inner,
      stemChannels: widths[0], widths: widths, residualBlocks: blocks,
      attentionDownsamplings: widths.indices.filter { attention[$0] }
        .map { Model.downsampling(ofLevel: $0) },
      attendsInMiddle: file["mid_block_add_attention"] != .flag(false),
      hasQuantConvolution: file["use_quant_conv"] != .flag(false),
      hasPostQuantConvolution: file["use_post_quant_conv"] != .flag(false))
    try validate()
  }

  private static func requireCommonLayers(_ reader: inout SettingsReader) {
    reader.require("in_channels", .number(3))
    reader.require("out_channels", .number(3))
    reader.require("act_fn", .text("silu"), .text("swish"))
    reader.require("norm_num_groups", .number(32))
    reader.require("norm_type", .text("group"))
    reader.require("lookup_from_codebook", .flag(false))
    for key in ["mid_block_add_attention", "use_quant_conv", "use_post_quant_conv"] {
      reader.require(key, .flag(true), .flag(false))
    }
  }

  /// Returns whether each level has attention, from the full resolution on.
  private static func attention(_ reader: inout SettingsReader, levels: Int) -> [Bool] {
    let down = reader.texts(
      "down_block_types", among: ["DownEncoderBlock2D", "AttnDownEncoderBlock2D"])
    let up = reader.texts("up_block_types", among: ["UpDecoderBlock2D", "AttnUpDecoderBlock2D"])
    guard reader.problems.isEmpty else { return [] }
    let attention = up.reversed().map { $0.hasPrefix("Attn") }
    if down.count != levels || up.count != levels {
      reader.report(
        "block_out_channels, down_block_types and up_block_types have different lengths")
    } else if down.map({ $0.hasPrefix("Attn") }) != attention {
      reader.report(
        "down_block_types and up_block_types have attention at different resolutions, which latent"
          + " diffusion's autoencoders do not")
    }
    return attention
  }

  /// The size of the images that the autoencoder was trained on. It is no part of the network.
  private static func size(_ reader: inout SettingsReader) -> Int {
    if case .list(let sides) = reader.file["sample_size"], case .number(let side)? = sides.first {
      return Int(exactly: side) ?? 0
    }
    return reader.integer("sample_size", in: NetworkLimits.imageSize) ?? 256
  }
}

extension LatentScaling {
  /// The scaling in a `config.json` of the class `AutoencoderKL` or `VQModel`.
  ///
  /// A file without `scaling_factor` means 0.18215 for an `AutoencoderKL`. For a `VQModel` it means 1:
  /// the latents of published models are not scaled.
  ///
  /// - Throws: `ConfigurationError` for numbers that cannot be meant.
  init(diffusers file: SettingsFile, channels: Int) throws {
    var reader = SettingsReader(file)
    let usual = file.className == "AutoencoderKL" ? Self.stableDiffusion.factor : 1
    let factor = reader.number("scaling_factor") ?? usual
    let mean = reader.numbers("latents_mean")
    let shift = reader.number("shift_factor").map { [Double](repeating: $0, count: channels) }
    let deviation = reader.numbers("latents_std")
    if mean != nil && shift != nil { reader.report("shift_factor and latents_mean are both given") }
    try reader.finish("scales latents in a way that this version does not know")
    self.init(
      factor: factor, mean: (mean ?? shift)?.map(Float.init), deviation: deviation?.map(Float.init))
    do {
      try validate(channels: channels)
    } catch {
      throw ConfigurationError(.checkpoint, "\(file.name): \(error)")
    }
  }
}
