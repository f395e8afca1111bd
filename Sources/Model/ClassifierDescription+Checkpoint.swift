extension ClassifierDescription {
  /// The configuration of a classifier's checkpoint: from the flags, or from the released
  /// checkpoint whose architecture it has.
  ///
  /// - Parameters:
  ///   - shapes: every tensor's shape by its name in the file.
  ///   - flags: `nil` when none were given.
  ///   - imageSize: of the model to guide, which holds where the flags give none.
  /// - Throws: `ConfigurationError` that lists each contradiction, or the flags that are needed.
  package init(shapes: [String: [Int]], flags: ClassifierFlags?, imageSize: Int?) throws {
    let candidates = try ClassifierSignature.candidates(shapes: shapes)
    try candidates[0].refuseUnlessRGB()
    if let flags {
      try self.init(flags: flags, candidates: candidates, imageSize: imageSize)
    } else {
      let presets = candidates.compactMap(ClassifierPreset.matching)
      guard presets.count == 1 else { throw ClassifierSignature.needsFlags(candidates) }
      self.init(configuration: presets[0].configuration, origin: .preset(presets[0].name))
    }
  }

  private init(
    flags: ClassifierFlags, candidates: [ClassifierSignature], imageSize: Int?
  ) throws {
    let readings = try candidates.map { file in
      let configuration = try flags.configuration(imageSize: imageSize, reading: file)
      return (
        configuration,
        contradictions: configuration.contradictions(
          with: file, multipliersGiven: flags.channelMultipliers != nil)
      )
    }
    let fitting = readings.filter { $0.contradictions.isEmpty }.map(\.0)
    guard let configuration = fitting.first else {
      let closest = readings.min { $0.contradictions.count < $1.contradictions.count }
      throw ConfigurationError(
        .flags, "--classifier-flags contradict the classifier file:",
        details: closest?.contradictions ?? [])
    }
    guard fitting.count == 1 else { throw ClassifierSignature.ambiguous(candidates) }
    try configuration.validate()
    self.init(configuration: configuration, origin: .flags)
  }
}

extension ClassifierSignature {
  fileprivate func refuseUnlessRGB() throws {
    guard encoder.inChannels != 3 else { return }
    throw ConfigurationError(
      .checkpoint,
      "input_blocks.0.0.weight takes \(encoder.inChannels) channels: this version runs classifiers"
        + " of RGB images, which take 3")
  }

  /// Says which flags are needed, with what the shapes have told and an example.
  fileprivate static func needsFlags(_ candidates: [ClassifierSignature]) -> ConfigurationError {
    let sure = candidates.count == 1 ? candidates[0] : nil
    // Of several divisions into levels, one that is neither all levels nor all depth.
    let likely = candidates[candidates.count / 2]
    let released = ReleasedMultipliers.imageSize(of: likely.encoder.channelMultipliers)
    let size = likely.imageSize ?? released ?? 8 * likely.encoder.largestDownsampling
    let layout = sure == nil || released != size ? " \(likely.layoutFlags)" : ""
    var open = ["--classifier_num_head_channels", "--classifier_use_new_attention_order"]
    if sure?.imageSize == nil { open.insert("--image_size", at: 0) }
    if sure == nil { open += ["--classifier_depth", "--classifier_channel_mult"] }
    return ConfigurationError(
      .flags,
      "the classifier file does not say all of its configuration, and it is no released"
        + " checkpoint; give guided-diffusion's flags as it was trained with --classifier-flags",
      details: [
        sure.map { "the shapes say: \($0.knownFlags)" },
        "they cannot say: \(open.joined(separator: ", "))",
        "for example: --classifier-flags \"--image_size \(size)\(layout)"
          + " --classifier_num_head_channels 64 --classifier_use_new_attention_order False\"",
      ].compactMap { $0 })
  }

  fileprivate static func ambiguous(_ candidates: [ClassifierSignature]) -> ConfigurationError {
    ConfigurationError(
      .flags,
      "the blocks of the classifier file divide into levels in several ways; give in"
        + " --classifier-flags the one it was trained with:",
      details: candidates.map(\.layoutFlags))
  }

  private var layoutFlags: String {
    "--classifier_depth \(encoder.residualBlocks)"
      + " --classifier_channel_mult \(multiplierText(encoder.channelMultipliers))"
  }

  /// What the shapes say, in the words of the flags.
  package var knownFlags: String {
    let attention = encoder.attentionDownsamplings.map { factor in
      imageSize.map { String($0 / factor) } ?? "image_size/\(factor)"
    }
    let flags: [String?] = [
      imageSize.map { "--image_size \($0)" },
      "--classifier_width \(encoder.modelChannels)",
      layoutFlags,
      "--classifier_attention_resolutions"
        + " \(attention.isEmpty ? "\"\"" : attention.joined(separator: ","))",
      "--classifier_use_scale_shift_norm \(flagText(encoder.usesScaleShiftNorm))",
      encoder.resampling.map { "--classifier_resblock_updown \(flagText($0 == .residualBlock))" },
      encoder.resampling == .plain ? "--classifier_conv_resample False" : nil,
      "--classifier_pool \(pool.rawValue)",
      "--classifier_num_classes \(classCount)",
    ]
    return flags.compactMap { $0 }.joined(separator: " ")
  }
}
