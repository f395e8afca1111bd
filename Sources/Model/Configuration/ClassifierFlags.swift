/// guided-diffusion's CLASSIFIER_FLAGS as given, word for word (`classifier_defaults` in
/// script_util.py), with our own for what `create_classifier` fixes; `nil` is a flag not given.
package struct ClassifierFlags: Sendable, Equatable {
  package var imageSize: Int?
  package var modelChannels: Int?
  package var residualBlocks: Int?
  package var attentionResolutions: [Int]?
  package var usesScaleShiftNorm: Bool?
  package var resamplesInResidualBlocks: Bool?
  package var pool: ClassifierConfiguration.Pool?
  // From here on our own; the reference derives or fixes them.
  package var channelMultipliers: [Double]?
  package var heads: Int?
  package var headChannels: Int?
  package var classCount: Int?
  package var usesNewAttentionOrder: Bool?
  package var convolvesWhenResampling: Bool?

  /// - Throws: `ConfigurationError` for a key that is none or a value that cannot be.
  package init(parsing text: String) throws {
    let option = FlagVocabulary.classifier.option
    let values = try FlagVocabulary.classifier.values(FlagList(text, option: option))
    imageSize = try values.integer("image_size", in: NetworkLimits.imageSize)
    modelChannels = try values.integer("classifier_width", in: NetworkLimits.channels)
    residualBlocks = try values.integer("classifier_depth", in: NetworkLimits.residualBlocks)
    attentionResolutions = try values.resolutions("classifier_attention_resolutions")
    usesScaleShiftNorm = try values.boolean("classifier_use_scale_shift_norm")
    resamplesInResidualBlocks = try values.boolean("classifier_resblock_updown")
    pool = try values.choice("classifier_pool", ClassifierConfiguration.Pool.self)
    channelMultipliers = try values.multipliers("classifier_channel_mult")
    heads = try values.unsettable("classifier_num_heads", in: NetworkLimits.channels)
    headChannels = try values.unsettable(
      "classifier_num_head_channels", in: NetworkLimits.channels)
    classCount = try values.integer("classifier_num_classes", in: NetworkLimits.classes)
    usesNewAttentionOrder = try values.boolean("classifier_use_new_attention_order")
    convolvesWhenResampling = try values.boolean("classifier_conv_resample")
  }

  /// What the reference would build from these flags, its defaults for those not given.
  ///
  /// - Parameter imageSize: of the model to guide, which holds where no `--image_size` is given.
  /// - Throws: `ConfigurationError` as ``init(parsing:)``, and for sizes that make no network.
  package static func parse(
    _ text: String, imageSize: Int? = nil
  ) throws -> ClassifierDescription {
    let flags = try ClassifierFlags(parsing: text)
    let configuration = try flags.configuration(imageSize: imageSize, reading: nil)
    try configuration.validate()
    return ClassifierDescription(configuration: configuration, origin: .flags)
  }

  /// The classifier these flags describe.
  ///
  /// What a file's shapes determine need not be given: it is read off them. The rest has the
  /// reference's defaults.
  func configuration(
    imageSize: Int?, reading file: ClassifierSignature?
  ) throws -> ClassifierConfiguration {
    let imageSize = self.imageSize ?? imageSize ?? 64
    let multipliers = try multipliers(imageSize: imageSize, reading: file)
    return ClassifierConfiguration(
      imageSize: imageSize,
      modelChannels: modelChannels ?? file?.encoder.modelChannels ?? 128,
      residualBlocks: residualBlocks ?? file?.encoder.residualBlocks ?? 2,
      channelMultipliers: multipliers,
      attentionDownsamplings: attention(
        imageSize: imageSize, levels: multipliers.count, reading: file),
      heads: attentionHeads,
      attentionOrder: usesNewAttentionOrder ?? false ? .new : .legacy,
      usesScaleShiftNorm: usesScaleShiftNorm ?? file?.encoder.usesScaleShiftNorm ?? true,
      resamplesInResidualBlocks: resamplesInResidualBlocks
        ?? file?.encoder.resampling.map { $0 == .residualBlock } ?? true,
      convolvesWhenResampling: convolvesWhenResampling
        ?? file?.encoder.resampling.map { $0 != .plain } ?? true,
      pool: pool ?? file?.pool ?? .attention,
      classCount: classCount ?? file?.classCount ?? 1000)
  }

  private var attentionHeads: AttentionHeads {
    if let headChannels { return .channelsEach(headChannels) }
    if let heads { return .count(heads) }
    return .channelsEach(64)
  }

  private func multipliers(
    imageSize: Int, reading file: ClassifierSignature?
  ) throws -> [Double] {
    // The image size's own comes before the file's, so that a wrong image size does not pass.
    if let known = channelMultipliers ?? ReleasedMultipliers.byImageSize[imageSize] { return known }
    if let file { return file.encoder.channelMultipliers }
    throw ConfigurationError(
      .flags,
      "--classifier-flags: guided-diffusion has no channel_mult for --image_size \(imageSize) (only"
        + " for 64, 128, 256 and 512): give --classifier_channel_mult, for example"
        + " --classifier_channel_mult 1,2,4")
  }

  private func attention(imageSize: Int, levels: Int, reading file: ClassifierSignature?) -> [Int] {
    if attentionResolutions == nil, let file { return file.encoder.attentionDownsamplings }
    return attentionDownsamplings(
      resolutions: attentionResolutions ?? [32, 16, 8], imageSize: imageSize, levels: levels)
  }
}

extension FlagVocabulary {
  package static let classifier = FlagVocabulary(
    option: FlagNames.classifier.option,
    meaningful: classifierKeys.union(["image_size"]),
    // The reference's classifier training takes the settings of the noising as well.
    ignored: trainingKeys.union(withoutEffect).union([
      "learn_sigma", "diffusion_steps", "noise_schedule", "predict_xstart", "rescale_timesteps",
    ]),
    elsewhere: samplingKeys.merging(
      model.meaningful.map { ($0, "it belongs to the model; give it in --model-flags") }
    ) { first, _ in first })
}
