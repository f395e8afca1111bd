import Checkpoint

/// The arguments of latent-diffusion's `UNetModel` (ldm/modules/diffusionmodules/openaimodel.py), with the
/// defaults that they have there.
struct LatentConfigUNet {
  private let settings: YAMLSettings
  private var reader: SettingsReader

  init(_ settings: YAMLSettings) {
    self.settings = settings
    reader = SettingsReader(settings)
  }

  private static let known: Set = [
    "image_size", "in_channels", "out_channels", "model_channels", "num_res_blocks",
    "attention_resolutions", "channel_mult", "conv_resample", "dims", "num_classes", "num_heads",
    "num_head_channels", "num_heads_upsample", "use_scale_shift_norm", "resblock_updown",
    "use_new_attention_order", "use_spatial_transformer", "transformer_depth", "context_dim",
    "n_embed",
    // Without an effect on images.
    "dropout", "use_checkpoint", "use_fp16", "legacy",
  ]

  /// - Parameters:
  ///   - channels: the channels of a latent.
  ///   - size: the size of a latent if it is given elsewhere too.
  /// - Throws: `ConfigurationError` that lists the settings that this program cannot follow.
  mutating func configuration(
    channels: Int, size: Int?, _ context: LatentConfigContext
  ) throws -> UNetConfiguration {
    let imageSize = reader.requiredInteger("image_size", in: NetworkLimits.imageSize)
    if let size, size != imageSize {
      reader.report("image_size is \(imageSize), but that of the latents is \(size)")
    }
    for key in ["in_channels", "out_channels"] {
      let count = reader.requiredInteger(key, in: NetworkLimits.channels)
      if count != channels {
        reader.report("\(key) is \(count), but latents have \(channels) channels")
      }
    }
    reader.require("dims", .number(2))
    for key in ["num_classes", "n_embed"] { reader.require(key, .null) }
    let multipliers =
      settings["channel_mult"] == nil ? [1, 2, 4, 8] : reader.integers("channel_mult", in: 1...64)
    let attention = reader.integers("attention_resolutions", in: 1...4096, allowsNone: true)
    let (heads, headsUp) = heads()
    let configuration = UNetConfiguration(
      imageSize: imageSize, inChannels: channels,
      modelChannels: reader.requiredInteger("model_channels", in: NetworkLimits.channels),
      residualBlocks: reader.requiredInteger("num_res_blocks", in: NetworkLimits.residualBlocks),
      channelMultipliers: multipliers.map(Double.init),
      // Factors without a level have no effect.
      attentionDownsamplings: multipliers.indices.map(downsampling(ofLevel:))
        .filter(attention.contains),
      heads: heads, headsUp: headsUp,
      attentionOrder: reader.flag("use_new_attention_order") == true ? .new : .legacy,
      usesScaleShiftNorm: reader.flag("use_scale_shift_norm") ?? false,
      resamplesInResidualBlocks: reader.flag("resblock_updown") ?? false,
      convolvesWhenResampling: reader.flag("conv_resample") ?? true,
      classCount: context.classes?.count, nullClass: LatentClasses.null(of: context.classes?.count),
      learnsSigma: false, latentChannels: channels,
      spatialTransformer: transformer(context))
    reader.reportUnknown(settings, besides: Self.known)
    try reader.finish("describes a network that this version does not run")
    return configuration
  }

  private mutating func heads() -> (AttentionHeads, up: AttentionHeads?) {
    func positive(_ key: String) -> Int? {
      reader.integer(key, in: -1...65_536).flatMap { $0 == -1 ? nil : $0 }
    }
    let each = positive("num_head_channels")
    let (count, up) = (positive("num_heads"), positive("num_heads_upsample"))
    if let each { return (.channelsEach(each), nil) }
    if count == nil { reader.report("num_heads is missing, and so is num_head_channels") }
    return (.count(count ?? 1), up == count ? nil : up.map(AttentionHeads.count))
  }

  private mutating func transformer(
    _ context: LatentConfigContext
  ) -> SpatialTransformerConfiguration? {
    let isTransformer = reader.flag("use_spatial_transformer") ?? false
    let depth = reader.integer("transformer_depth", in: NetworkLimits.residualBlocks) ?? 1
    let channels = reader.integer("context_dim", in: NetworkLimits.channels)
    guard let classes = context.classes else {
      if isTransformer {
        reader.report("use_spatial_transformer is true, but the model has no classes")
      }
      return nil
    }
    if !isTransformer {
      reader.report("use_spatial_transformer is missing, so that the network ignores its classes")
    } else if channels != classes.channels {
      let text = channels.map(String.init) ?? "missing"
      reader.report("context_dim is \(text), but the context of a class has \(classes.channels)")
    }
    return SpatialTransformerConfiguration(contextChannels: classes.channels, depth: depth)
  }
}

/// The classes of latent diffusion models.
enum LatentClasses {
  /// Returns the class that stands for "no class". A model of ImageNet with 1001 classes was trained with
  /// one, which is the last.
  static func null(of count: Int?) -> Int? { count == 1001 ? 1000 : nil }
}
