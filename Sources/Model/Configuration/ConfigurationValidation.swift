/// The names of the flags of a network in messages.
struct FlagNames: Sendable {
  var imageSize = "--image_size"
  let channels: String
  let residualBlocks: String
  let channelMultipliers: String
  let attentionResolutions: String
  let heads: String
  let headChannels: String
  let attentionOrder: String
  let classCount: String
  let scaleShiftNorm: String
  let resblockUpdown: String
  let convResample: String

  /// The setting of the channels of a level.
  var widths: String {
    channels == channelMultipliers ? channels : "\(channels) times \(channelMultipliers)"
  }

  static let model = FlagNames(
    channels: "--num_channels", residualBlocks: "--num_res_blocks",
    channelMultipliers: "--channel_mult", attentionResolutions: "--attention_resolutions",
    heads: "--num_heads", headChannels: "--num_head_channels",
    attentionOrder: "--use_new_attention_order", classCount: "--num_classes",
    scaleShiftNorm: "--use_scale_shift_norm", resblockUpdown: "--resblock_updown",
    convResample: "--conv_resample")
  /// Those of super_res_sample.py.
  static let upsampler = {
    var names = model
    names.imageSize = "--large_size"
    return names
  }()
  static let classifier = FlagNames(
    channels: "--classifier_width", residualBlocks: "--classifier_depth",
    channelMultipliers: "--classifier_channel_mult",
    attentionResolutions: "--classifier_attention_resolutions",
    heads: "--classifier_num_heads", headChannels: "--classifier_num_head_channels",
    attentionOrder: "--classifier_use_new_attention_order", classCount: "--classifier_num_classes",
    scaleShiftNorm: "--classifier_use_scale_shift_norm",
    resblockUpdown: "--classifier_resblock_updown", convResample: "--classifier_conv_resample")
}

/// The conditions that guided-diffusion's modules put on sizes. They are checked before any module
/// is built.
struct EncoderRequirements {
  let names: FlagNames
  let imageSize: Int
  let encoder: EncoderSignature
  let heads: [AttentionHeads]
  let classCount: Int?

  /// One sentence for each condition that is not met.
  var problems: [String] {
    let outOfRange = rangeProblems
    guard outOfRange.isEmpty else { return outOfRange }
    return levelProblems + heads.flatMap(headProblems)
  }

  private var rangeProblems: [String] {
    let ranges: [(String, Int, ClosedRange<Int>)] = [
      (names.imageSize, imageSize, NetworkLimits.imageSize),
      (names.channels, encoder.modelChannels, NetworkLimits.channels),
      (names.residualBlocks, encoder.residualBlocks, NetworkLimits.residualBlocks),
      (
        "the number of levels in \(names.channelMultipliers)", encoder.widths.count,
        NetworkLimits.levels
      ),
      (names.classCount, classCount ?? 1, NetworkLimits.classes),
    ]
    return ranges.compactMap { name, value, range in
      range.contains(value)
        ? nil : "\(name) is \(value): it must be from \(range.lowerBound) to \(range.upperBound)"
    }
  }

  private var levelProblems: [String] {
    var problems = encoder.widths.enumerated().compactMap { level, width in
      width > 0 && width <= NetworkLimits.channels.upperBound && width.isMultiple(of: 32)
        ? nil
        : "level \(level + 1) has \(width) channels (\(names.widths)): group normalisation needs a"
          + " multiple of 32"
    }
    let factor = encoder.largestDownsampling
    if !imageSize.isMultiple(of: factor) {
      problems.append(
        "\(names.imageSize) \(imageSize) is not divisible by \(factor), as the"
          + " \(encoder.widths.count) levels of \(names.channelMultipliers) need")
    }
    return problems
  }

  private func headProblems(_ heads: AttentionHeads) -> [String] {
    let (flag, size) =
      switch heads {
      case .count(let count): (names.heads, count)
      case .channelsEach(let width): (names.headChannels, width)
      }
    guard size > 0 else { return ["\(flag) is \(size): it must be positive"] }
    return attentionWidths.filter { !$0.isMultiple(of: size) }.map {
      "\(flag) \(size) does not divide the \($0) channels of a level with attention"
    }
  }

  /// The middle block always has attention, independent of the levels.
  private var attentionWidths: [Int] {
    let levels = encoder.widths.indices.filter {
      encoder.attentionDownsamplings.contains(downsampling(ofLevel: $0))
        || $0 == encoder.widths.count - 1
    }
    return Set(levels.map { encoder.widths[$0] }).sorted()
  }
}

extension UNetConfiguration {
  var flagNames: FlagNames { enlargesImages ? .upsampler : .model }

  /// Refuses sizes that guided-diffusion's UNetModel cannot have.
  ///
  /// - Throws: `ConfigurationError` that names every wrong flag.
  package func validate() throws { try validate(naming: flagNames, kind: .flags) }

  /// - Parameters:
  ///   - names: the settings to name in errors.
  ///   - kind: the kind of these settings.
  func validate(naming names: FlagNames, kind: ConfigurationError.Kind) throws {
    var problems = EncoderRequirements(
      names: names, imageSize: imageSize, encoder: signature.encoder,
      heads: [heads] + (headsUp.map { [$0] } ?? []), classCount: classCount
    ).problems
    if let nullClass, !(0..<(classCount ?? 0)).contains(nullClass) {
      problems.append("the null class \(nullClass) is not one of the \(classCount ?? 0) classes")
    }
    if inChannels != imageChannels && !enlargesImages {
      problems.append("a network of \(imageChannels) channels cannot take \(inChannels)")
    }
    if let latentChannels, !NetworkLimits.channels.contains(latentChannels) {
      problems.append("a latent cannot have \(latentChannels) channels")
    }
    if let attentionDimensions, !(1...2).contains(attentionDimensions) {
      problems.append("the convolutions of attention cannot have \(attentionDimensions) dimensions")
    }
    try refuse(problems, "guided-diffusion cannot build a network from these settings", kind)
  }
}

extension ClassifierConfiguration {
  /// Refuses sizes that guided-diffusion's EncoderUNetModel cannot have.
  ///
  /// - Throws: `ConfigurationError` that names every wrong flag.
  package func validate() throws {
    var problems = EncoderRequirements(
      names: .classifier, imageSize: imageSize, encoder: signature.encoder, heads: [heads],
      classCount: classCount
    ).problems
    if pool == .attention, case .count = heads {
      problems.append(
        "--classifier_pool attention needs --classifier_num_head_channels, not"
          + " --classifier_num_heads")
    }
    try refuse(problems, "guided-diffusion cannot build a classifier from these settings")
  }
}

private func refuse(
  _ problems: [String], _ summary: String, _ kind: ConfigurationError.Kind = .flags
) throws {
  guard problems.isEmpty else {
    throw ConfigurationError(kind, summary, details: problems)
  }
}
