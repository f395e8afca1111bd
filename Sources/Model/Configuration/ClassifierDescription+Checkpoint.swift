extension ClassifierDescription {
  /// Determines the configuration of a classifier's checkpoint: from the flags, or from the released
  /// checkpoint with the same architecture.
  ///
  /// - Parameters:
  ///   - shapes: the shape of every tensor by its name in the file.
  ///   - flags: `nil` if no flags were given.
  ///   - imageSize: the image size of the model to guide. Used if the flags have none.
  /// - Throws: `ConfigurationError` that lists each contradiction, or the flags that are needed.
  package init(shapes: [String: [Int]], flags: ClassifierFlags?, imageSize: Int?) throws {
    let candidates = try ClassifierSignature.candidates(shapes: shapes)
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
      throw ConfigurationError.contradictions(.classifier, closest?.contradictions ?? [])
    }
    guard fitting.count == 1 else {
      throw ConfigurationError.ambiguousLayers(candidates.map(\.layoutFlags))
    }
    try configuration.validate()
    let preset = candidates.compactMap(ClassifierPreset.matching).first {
      $0.configuration.signature == configuration.signature
    }
    self.init(
      configuration: configuration, origin: .flags,
      notes: preset.map { ReleasedComparison.notes(configuration, $0) } ?? [])
  }
}

extension ClassifierSignature {
  /// Returns an error that lists the needed flags, with what was inferred from the shapes.
  fileprivate static func needsFlags(_ candidates: [ClassifierSignature]) -> ConfigurationError {
    let sure = candidates.count == 1 ? candidates[0] : nil
    var open = ["--classifier_num_head_channels", "--classifier_use_new_attention_order"]
    if sure?.imageSize == nil { open.insert("--image_size", at: 0) }
    if sure == nil { open += ["--classifier_depth", "--classifier_channel_mult"] }
    let known = sure.map { $0.isReleasedLayout ? "" : "\($0.layoutFlags) " } ?? ""
    let size = sure?.imageSize.map { "--image_size \($0) " } ?? ""
    return .missingFlags(
      .classifier,
      facts: [
        sure.map { "inferred from tensor shapes: \($0.knownFlags)" },
        "not stored in the file, these settings are still needed: \(open.joined(separator: ", "))",
        sure == nil ? "the layers can be divided as \(layouts(candidates))" : nil,
      ].compactMap { $0 },
      template: size + known + open.map { "\($0) ?" }.joined(separator: " "))
  }

  private static func layouts(_ candidates: [ClassifierSignature]) -> String {
    candidates.map(\.layoutFlags).joined(separator: ", or ")
  }

  private var isReleasedLayout: Bool {
    ReleasedMultipliers(ofUpsampler: false).imageSize(of: encoder.channelMultipliers) == imageSize
  }

  fileprivate var layoutFlags: String {
    "--classifier_depth \(encoder.residualBlocks)"
      + " --classifier_channel_mult \(multiplierText(encoder.channelMultipliers))"
  }

  /// The settings that the shapes determine, as flags that can be passed as they are.
  package var knownFlags: String {
    let attention = AttentionText(encoder.attentionDownsamplings, imageSize: imageSize)
    let flags: [String?] = [
      imageSize.map { "--image_size \($0)" },
      "--classifier_width \(encoder.modelChannels)",
      layoutFlags,
      attention.values.map { "--classifier_attention_resolutions \($0)" },
      "--classifier_use_scale_shift_norm \(flagText(encoder.usesScaleShiftNorm))",
      encoder.resampling.map { "--classifier_resblock_updown \(flagText($0 == .residualBlock))" },
      encoder.resampling == .plain ? "--classifier_conv_resample False" : nil,
      "--classifier_pool \(pool.rawValue)",
      "--classifier_num_classes \(classCount)",
    ]
    return flags.compactMap { $0 }.joined(separator: " ") + attention.remark
  }
}
