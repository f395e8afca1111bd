import Checkpoint
import Wording

extension UNetConfiguration {
  /// The network that a `config.json` of the class `UNet2DModel` describes (diffusers'
  /// unet_2d.py).
  ///
  /// - Parameters:
  ///   - inChannels: the channels of the input, which the shapes of the weights determine.
  ///   - imageSize: the height and width of the images if the file does not give them.
  ///   - latentChannels: the channels of the latents, or `nil` for a network of RGB images.
  /// - Throws: `ConfigurationError` that lists the settings that guided-diffusion's network cannot
  ///   have.
  init(
    diffusers file: SettingsFile, inChannels: Int, imageSize: Int?, latentChannels: Int? = nil
  ) throws {
    var reader = SettingsReader(file)
    let levels = DiffusersLevels(&reader)
    Self.requireCommonLayers(&reader, channels: levels.widths.first ?? 0)
    let scaleShift =
      reader.text("resnet_time_scale_shift", among: ["default", "scale_shift"]) == "scale_shift"
    Self.requireNormalisedAttention(&reader, scaleShift: scaleShift)
    let outputs = reader.integer("out_channels", in: NetworkLimits.channels) ?? 3
    if let latentChannels, outputs != latentChannels {
      reader.report(
        "out_channels", .number(Double(outputs)), "the network takes \(latentChannels) channels")
    } else if latentChannels == nil, outputs != 3 && outputs != 6 {
      reader.report(
        "out_channels", .number(Double(outputs)),
        "networks of RGB images have 3, or 6 with a variance")
    }
    let blocks = reader.integer("layers_per_block", in: NetworkLimits.residualBlocks) ?? 2
    let size = Self.size(&reader) ?? imageSize
    let classes = reader.integer("num_class_embeds", in: NetworkLimits.classes)
    let heads = Self.heads(&reader)
    let details = LayerDetails(&reader, convolves: !levels.resampleInResidualBlocks)
    try reader.finish("describes a network that this version does not run")
    guard let size else { throw Self.missingSize(file, isUpsampler: inChannels == 6) }
    let encoder = EncoderSignature(
      inChannels: inChannels, modelChannels: levels.widths[0], widths: levels.widths,
      residualBlocks: blocks,
      attentionDownsamplings: levels.attentionDownsamplings, usesScaleShiftNorm: scaleShift)
    self.init(
      imageSize: size, inChannels: inChannels, modelChannels: encoder.modelChannels,
      residualBlocks: blocks,
      channelMultipliers: encoder.channelMultipliers,
      attentionDownsamplings: levels.attentionDownsamplings, heads: heads, attentionOrder: .new,
      usesScaleShiftNorm: scaleShift, resamplesInResidualBlocks: levels.resampleInResidualBlocks,
      classCount: classes, learnsSigma: latentChannels == nil && outputs == 6,
      latentChannels: latentChannels)
    self.details = details == LayerDetails() ? nil : details
    try validate(naming: .diffusers, kind: .checkpoint)
  }

  // MARK: - Layers

  /// Requires the layers that all networks of guided-diffusion have.
  private static func requireCommonLayers(_ reader: inout SettingsReader, channels: Int) {
    reader.require("time_embedding_type", .text("positional"))
    reader.require("time_embedding_dim", .null, .number(Double(4 * channels)))
    reader.require("center_input_sample", .flag(false))
    reader.require("mid_block_type", .text("UNetMidBlock2D"))
    reader.require("mid_block_scale_factor", .number(1))
    reader.require("add_attention", .flag(true))
    reader.require("act_fn", .text("silu"), .text("swish"))
    reader.require("norm_num_groups", .number(32))
    reader.require("attn_norm_num_groups", .null, .number(32))
    reader.require("class_embed_type", .null)
  }

  /// Requires that the attention of the middle block begins with a group norm.
  private static func requireNormalisedAttention(
    _ reader: inout SettingsReader, scaleShift: Bool
  ) {
    guard scaleShift, reader.file["attn_norm_num_groups"] ?? .null == .null else { return }
    reader.report(
      "attn_norm_num_groups is null: with resnet_time_scale_shift \"scale_shift\", the attention of"
        + " the middle block then has no normalisation, but guided-diffusion's has")
  }

  // MARK: - Values

  private static func size(_ reader: inout SettingsReader) -> Int? {
    guard case .list(let sides)? = reader.file["sample_size"] else {
      return reader.integer("sample_size", in: NetworkLimits.imageSize)
    }
    guard sides.count == 2, sides[0] == sides[1], case .number(let side) = sides[0],
      let size = Int(exactly: side), NetworkLimits.imageSize.contains(size)
    else {
      reader.report("sample_size", .list(sides), "only square images are supported")
      return nil
    }
    return size
  }

  /// The heads of attention. `null` means one head, and an absent setting 8 channels for each.
  private static func heads(_ reader: inout SettingsReader) -> AttentionHeads {
    if reader.file["attention_head_dim"] == .null { return .count(1) }
    return .channelsEach(reader.integer("attention_head_dim", in: NetworkLimits.channels) ?? 8)
  }

  private static func missingSize(_ file: SettingsFile, isUpsampler: Bool) -> ConfigurationError {
    .missingFlags(
      isUpsampler ? .upsampler : .model,
      facts: ["\(file.name) does not give the size of the images (sample_size)"],
      template: "\((isUpsampler ? FlagNames.upsampler : .model).imageSize) ?")
  }
}

extension LayerDetails {
  /// - Parameter convolves: whether convolutions halve the size.
  fileprivate init(_ reader: inout SettingsReader, convolves: Bool) {
    self.init()
    reader.require("flip_sin_to_cos", .flag(true), .flag(false))
    reader.require("downsample_padding", .number(0), .number(1))
    sinesFirst = reader.file["flip_sin_to_cos"] == .flag(false)
    frequencyShift = reader.integer("freq_shift", in: 0...1) ?? 0
    padsAfter = convolves && reader.file["downsample_padding"] == .number(0)
    guard let epsilon = reader.number("norm_eps") else { return }
    normEpsilon = epsilon
    if !(epsilon > 0 && epsilon < 1) {
      reader.report("norm_eps", .number(epsilon), "it must be between 0 and 1")
    }
  }
}

extension FlagNames {
  /// The settings in diffusers' `config.json`.
  static let diffusers = FlagNames(
    imageSize: "sample_size", channels: "block_out_channels", residualBlocks: "layers_per_block",
    channelMultipliers: "block_out_channels", attentionResolutions: "down_block_types",
    heads: "attention_head_dim", headChannels: "attention_head_dim", attentionOrder: "",
    classCount: "num_class_embeds", scaleShiftNorm: "resnet_time_scale_shift",
    resblockUpdown: "downsample_type", convResample: "downsample_type")
}
