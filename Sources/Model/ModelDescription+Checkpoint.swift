extension ModelDescription {
  /// The configuration of a checkpoint: from the flags, or from the released checkpoint whose
  /// architecture it has.
  ///
  /// Flags that are given have to agree with the file; those that the shapes determine may be left
  /// out; the rest have guided-diffusion's defaults, save where the file looks like a released one
  /// that needs another value.
  ///
  /// - Parameters:
  ///   - shapes: every tensor's shape by its name in the file.
  ///   - flags: `nil` when none were given.
  /// - Throws: `ConfigurationError` that lists each contradiction, or the flags that are needed.
  package init(shapes: [String: [Int]], flags: ModelFlags?) throws {
    let signature = try UNetSignature(shapes: shapes)
    let preset = ModelPreset.matching(signature)
    try signature.refuseUnlessRGB(preset: preset)
    if let flags {
      try self.init(flags: flags, file: signature, preset: preset)
    } else if let preset {
      self.init(unet: preset.unet, diffusion: preset.diffusion, origin: .preset(preset.name))
    } else {
      throw signature.needsFlags
    }
  }

  private init(flags: ModelFlags, file: UNetSignature, preset: ModelPreset?) throws {
    self = try flags.description(reading: file)
    let contradictions = unet.contradictions(
      with: file, multipliersGiven: flags.channelMultipliers != nil)
    guard contradictions.isEmpty else {
      throw ConfigurationError(
        .flags, "--model-flags contradict the model file:", details: contradictions)
    }
    try unet.validate()
    guard let preset else { return }
    let undecided = undecided(flags, preset: preset)
    guard !undecided.isEmpty else { return }
    throw ConfigurationError(
      .flags,
      "--model-flags leave open what cannot be read from the file, which has the architecture of"
        + " the released \(preset.name):", details: undecided)
  }

  /// Flags that were not given and whose defaults are not what the released checkpoint of the same
  /// architecture needs.
  private func undecided(_ flags: ModelFlags, preset: ModelPreset) -> [String] {
    let headsAreGiven = flags.heads != nil || flags.headChannels != nil
    let orderIsGiven = flags.usesNewAttentionOrder != nil
    let open: [(isOpen: Bool, default: String, released: String)] = [
      (
        flags.imageSize == nil && unet.imageSize != preset.unet.imageSize,
        "--image_size \(unet.imageSize)", "--image_size \(preset.unet.imageSize)"
      ),
      (
        !headsAreGiven && unet.heads != preset.unet.heads,
        unet.heads.flag, preset.unet.heads.flag
      ),
      (
        !orderIsGiven && unet.attentionOrder != preset.unet.attentionOrder,
        unet.attentionOrder.flag, preset.unet.attentionOrder.flag
      ),
      (
        flags.schedule == nil && diffusion.schedule != preset.diffusion.schedule,
        "--noise_schedule \(diffusion.schedule.rawValue)",
        "--noise_schedule \(preset.diffusion.schedule.rawValue)"
      ),
    ]
    return open.filter(\.isOpen).map {
      "give \($0.released) as released, or \($0.default), guided-diffusion's default"
    }
  }
}

extension AttentionHeads {
  fileprivate var flag: String {
    switch self {
    case .count(let count): "--num_heads \(count)"
    case .channelsEach(let width): "--num_head_channels \(width)"
    }
  }
}

extension AttentionOrder {
  fileprivate var flag: String { "--use_new_attention_order \(flagText(self == .new))" }
}

extension UNetSignature {
  fileprivate func refuseUnlessRGB(preset: ModelPreset?) throws {
    guard encoder.inChannels != 3 else { return }
    let name = preset.map { " (it looks like the released \($0.name))" } ?? ""
    throw ConfigurationError(
      .checkpoint,
      encoder.inChannels == 6
        ? "this is a super-resolution network: its input_blocks.0.0.weight takes six channels, an"
          + " image and its enlarged copy\(name); this version runs networks that make images only"
        : "input_blocks.0.0.weight takes \(encoder.inChannels) channels: this version runs networks"
          + " on RGB images, which take 3")
  }

  /// Says which flags are needed, with what the shapes have told and an example.
  fileprivate var needsFlags: ConfigurationError {
    let released = ReleasedMultipliers.imageSize(of: encoder.channelMultipliers)
    let size = released ?? 8 * encoder.largestDownsampling
    let multipliers = multiplierText(encoder.channelMultipliers)
    let layout = released == nil ? " --channel_mult \(multipliers)" : ""
    return ConfigurationError(
      .flags,
      "the model file does not say all of its configuration, and it is no released checkpoint;"
        + " give guided-diffusion's flags as it was trained with --model-flags",
      details: [
        "the shapes say: \(knownFlags)",
        "they cannot say: --image_size, --num_heads or --num_head_channels,"
          + " --use_new_attention_order, --noise_schedule, --diffusion_steps, --rescale_timesteps"
          + " (and --num_heads_upsample, --predict_xstart, --sigma_small where they were used)",
        "for example: --model-flags \"--image_size \(size)\(layout) --num_head_channels 64"
          + " --use_new_attention_order False --noise_schedule linear --diffusion_steps 1000"
          + " --rescale_timesteps False\"",
      ])
  }

  /// What the shapes say, in the words of the flags.
  package var knownFlags: String {
    let attention = encoder.attentionDownsamplings.map { "image_size/\($0)" }
    let flags: [String?] = [
      "--num_channels \(encoder.modelChannels)",
      "--num_res_blocks \(encoder.residualBlocks)",
      "--channel_mult \(multiplierText(encoder.channelMultipliers))",
      "--attention_resolutions \(attention.isEmpty ? "\"\"" : attention.joined(separator: ","))",
      "--class_cond \(flagText(classCount != nil))",
      classCount.map { "--num_classes \($0)" },
      "--learn_sigma \(flagText(learnsSigma))",
      "--use_scale_shift_norm \(flagText(encoder.usesScaleShiftNorm))",
      encoder.resampling.map { "--resblock_updown \(flagText($0 == .residualBlock))" },
      encoder.resampling == .plain ? "--conv_resample False" : nil,
    ]
    return flags.compactMap { $0 }.joined(separator: " ")
  }
}
