extension ModelDescription {
  /// The configuration of a checkpoint: from the flags, from the released checkpoint of the same
  /// architecture, or from both.
  ///
  /// Flags that are given have to agree with the file; those that the shapes determine may be left
  /// out. The rest has the settings of the released checkpoint where the architecture is known,
  /// else guided-diffusion's defaults.
  ///
  /// - Parameters:
  ///   - shapes: every tensor's shape by its name in the file.
  ///   - flags: `nil` when none were given.
  /// - Throws: `ConfigurationError` that lists each contradiction, or the flags that are needed.
  package init(shapes: [String: [Int]], flags: ModelFlags?) throws {
    let signature = try UNetSignature(shapes: shapes)
    let preset = ModelPreset.matching(signature)
    try signature.refuseSuperResolution(preset: preset)
    if let flags {
      try self.init(flags: flags, file: signature, preset: preset)
    } else if let preset {
      self.init(unet: preset.unet, diffusion: preset.diffusion, origin: .preset(preset.name))
    } else {
      throw signature.needsFlags
    }
  }

  private init(flags: ModelFlags, file: UNetSignature, preset: ModelPreset?) throws {
    self = try flags.description(reading: file, completedBy: preset)
    let contradictions = unet.contradictions(
      with: file, multipliersGiven: flags.channelMultipliers != nil)
    guard contradictions.isEmpty else {
      throw ConfigurationError(
        .flags, "--model-flags contradict the model file:", details: contradictions)
    }
    try unet.validate()
    guard let preset else { return }
    let comparison = ReleasedComparison(flags, resolved: self, preset)
    notes = comparison.notes
    if !comparison.filledIn.isEmpty { origin = .completedFlags(preset.name) }
  }
}

extension UNetSignature {
  fileprivate func refuseSuperResolution(preset: ModelPreset?) throws {
    guard encoder.inChannels != 3 else { return }
    let name = preset.map { " (same architecture as OpenAI's \($0.name))" } ?? ""
    throw ConfigurationError(
      .checkpoint,
      "this is a super-resolution network\(name): its input_blocks.0.0.weight takes six channels, an"
        + " image and its enlarged copy; this version runs networks that generate images from noise"
        + " only")
  }

  /// The flags that are needed, with what was inferred from the shapes.
  fileprivate var needsFlags: ConfigurationError {
    ConfigurationError(
      .flags,
      "some settings of this model are not stored in the file, and it is not a known released"
        + " checkpoint; give guided-diffusion's flags as it was trained with --model-flags",
      details: [
        "inferred from tensor shapes: \(knownFlags())",
        "not stored in the file, these settings are still needed: --image_size, --num_heads or"
          + " --num_head_channels, --use_new_attention_order, --noise_schedule, --diffusion_steps,"
          + " --rescale_timesteps (and --num_heads_upsample, --predict_xstart, --sigma_small if they"
          + " were used)",
        "replace each ? by the value from the training command: --model-flags \"--image_size ?"
          + "\(multipliersFlag) --num_head_channels ? --use_new_attention_order ?"
          + " --noise_schedule ? --diffusion_steps ? --rescale_timesteps ?\"",
      ])
  }

  /// Needed for image sizes that the reference has no `channel_mult` for.
  private var multipliersFlag: String {
    let multipliers = encoder.channelMultipliers
    return ReleasedMultipliers.imageSize(of: multipliers) == nil
      ? " --channel_mult \(multiplierText(multipliers))" : ""
  }

  /// What the shapes determine, as flags that can be given as they are.
  ///
  /// - Parameter imageSize: where it is known; else the places of the attention are described.
  package func knownFlags(imageSize: Int? = nil) -> String {
    let attention = AttentionText(encoder.attentionDownsamplings, imageSize: imageSize)
    let flags: [String?] = [
      "--num_channels \(encoder.modelChannels)",
      "--num_res_blocks \(encoder.residualBlocks)",
      "--channel_mult \(multiplierText(encoder.channelMultipliers))",
      attention.values.map { "--attention_resolutions \($0)" },
      "--class_cond \(flagText(classCount != nil))",
      classCount.map { "--num_classes \($0)" },
      "--learn_sigma \(flagText(learnsSigma))",
      "--use_scale_shift_norm \(flagText(encoder.usesScaleShiftNorm))",
      encoder.resampling.map { "--resblock_updown \(flagText($0 == .residualBlock))" },
      encoder.resampling == .plain ? "--conv_resample False" : nil,
    ]
    return flags.compactMap { $0 }.joined(separator: " ") + attention.remark
  }
}

/// The places of an encoder's attention: as resolutions, or in words where the image size is open.
struct AttentionText {
  /// For `--attention_resolutions`; nil where the image size is needed.
  let values: String?
  /// After the flags.
  let remark: String

  init(_ downsamplings: [Int], imageSize: Int?) {
    if downsamplings.isEmpty {
      (values, remark) = ("\"\"", "")
    } else if let imageSize {
      values = downsamplings.map { String(imageSize / $0) }.joined(separator: ",")
      remark = ""
    } else {
      let factors = downsamplings.map { "1/\($0)" }.joined(separator: ", ")
      (values, remark) = (nil, "; attention at \(factors) of the image size")
    }
  }
}
