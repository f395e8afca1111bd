extension ModelDescription {
  /// Determines the configuration of a checkpoint: from the flags, from a preset with the same
  /// architecture, or from both.
  ///
  /// The given flags must agree with the file. Flags that the shapes determine may be left out. All
  /// other settings come from the preset if there is one, and otherwise from guided-diffusion's
  /// defaults.
  ///
  /// - Parameters:
  ///   - shapes: the shape of every tensor by its name in the file.
  ///   - flags: `nil` if no flags were given.
  ///   - hints: what may decide between presets with the same architecture.
  ///   - isUpsampler: whether the network must enlarge images, or must make them from noise. `nil`
  ///     allows both.
  /// - Throws: `ConfigurationError` that lists each contradiction, or the flags that are needed.
  package init(
    shapes: [String: [Int]], flags: ModelFlags?, hints: PresetChoice.Hints = .init(),
    isUpsampler: Bool? = false
  ) throws {
    let signature = try UNetSignature(shapes: shapes)
    if let isUpsampler { try signature.require(isUpsampler: isUpsampler) }
    let choice = try PresetChoice.choose(for: signature, hints: hints, flags: flags)
    if let flags {
      try self.init(flags: flags, file: signature, choice: choice)
    } else if let choice {
      let preset = choice.preset
      self.init(
        unet: preset.unet, diffusion: preset.diffusion, origin: .preset(choice),
        smallSize: preset.smallSize)
    } else {
      throw signature.needsFlags
    }
    notes += choice?.note.map { [$0] } ?? []
  }

  private init(flags: ModelFlags, file: UNetSignature, choice: PresetChoice?) throws {
    self = try flags.description(reading: file, completedBy: choice?.preset)
    let contradictions = unet?.contradictions(
      with: file, multipliersGiven: flags.channelMultipliers != nil)
    guard contradictions?.isEmpty ?? true else {
      throw ConfigurationError.contradictions(file.kind, contradictions ?? [])
    }
    try network.validate()
    guard let choice else { return }
    let comparison = ReleasedComparison(flags, resolved: self, choice.preset)
    notes = comparison.notes
    if !comparison.filledIn.isEmpty { origin = .completedFlags(choice) }
  }
}

extension UNetSignature {
  /// Whether the network takes an image to enlarge besides xₜ.
  package var enlargesImages: Bool { encoder.inChannels == 6 }

  func require(isUpsampler: Bool) throws {
    guard enlargesImages != isUpsampler else { return }
    guard isUpsampler else { throw ConfigurationError.otherNetwork(.upsampler) }
    throw ConfigurationError(
      .checkpoint,
      "this network makes images from noise (its input_blocks.0.0.weight takes three channels); an"
        + " upsampler, such as 64_256_upsampler.pt, takes six")
  }

  var kind: NetworkKind { enlargesImages ? .upsampler : .model }
  private var sizeFlag: String { enlargesImages ? "--large_size" : "--image_size" }

  /// An error that lists the needed flags, with what was inferred from the shapes.
  fileprivate var needsFlags: ConfigurationError {
    let inferred = "inferred from tensor shapes: \(knownFlags())"
    let start =
      "not stored in the file, these settings are still needed: \(sizeFlag), --num_heads"
      + " or --num_head_channels"
    let template = "\(sizeFlag) ?\(multipliersFlag) --num_head_channels ?"
    guard attentionDimensions == nil else {
      return .missingFlags(
        kind, facts: [inferred, "\(start), \(ModelFlags.TrainingMode.choices)"],
        template: "\(template) --training_mode ?")
    }
    return .missingFlags(
      kind,
      facts: [
        inferred,
        "\(start), --use_new_attention_order, --noise_schedule, --diffusion_steps,"
          + " --rescale_timesteps (and --num_heads_upsample, --predict_xstart, --sigma_small if they"
          + " were used)",
      ],
      template: "\(template) --use_new_attention_order ? --noise_schedule ? --diffusion_steps ?"
        + " --rescale_timesteps ?")
  }

  /// The `channel_mult` flag, which is needed for image sizes without a default in the reference.
  private var multipliersFlag: String {
    let multipliers = encoder.channelMultipliers
    return ReleasedMultipliers(ofUpsampler: enlargesImages).imageSize(of: multipliers) == nil
      ? " --channel_mult \(multiplierText(multipliers))" : ""
  }

  /// Returns the settings that the shapes determine, as flags that can be passed as they are.
  ///
  /// - Parameter imageSize: the image size, if it is known. Without it, the positions of the
  ///   attention are described in words.
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

/// The positions of an encoder's attention: as resolutions, or in words if the image size is not
/// known.
struct AttentionText {
  /// The value for `--attention_resolutions`, or `nil` if the image size is needed.
  let values: String?
  /// A remark that follows the flags.
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
