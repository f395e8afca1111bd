/// The given values of guided-diffusion's CLASSIFIER_FLAGS (`classifier_defaults` in
/// script_util.py), with flags of our own for settings that `create_classifier` fixes. `nil` means
/// that a flag was not given.
package struct ClassifierFlags: Sendable, Equatable {
  package var imageSize: Int?
  package var modelChannels: Int?
  package var residualBlocks: Int?
  package var attentionResolutions: [Int]?
  package var usesScaleShiftNorm: Bool?
  package var resamplesInResidualBlocks: Bool?
  package var pool: ClassifierConfiguration.Pool?
  // The following flags are our own. The reference derives or fixes their values.
  package var channelMultipliers: [Double]?
  package var heads: Int?
  package var headChannels: Int?
  package var classCount: Int?
  package var usesNewAttentionOrder: Bool?
  package var convolvesWhenResampling: Bool?

  /// - Throws: `ConfigurationError` for an unknown key or an impossible value.
  package init(parsing text: String) throws {
    let values = try FlagVocabulary.classifier.values(text)
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

  /// Returns the classifier that the reference would build from these flags, with its defaults for
  /// flags that are not given.
  ///
  /// - Parameter imageSize: the image size of the model to guide. Used without `--image_size`.
  /// - Throws: the `ConfigurationError`s of ``init(parsing:)``, and errors for impossible sizes.
  package static func parse(
    _ text: String, imageSize: Int? = nil
  ) throws -> ClassifierDescription {
    let flags = try ClassifierFlags(parsing: text)
    let configuration = try flags.configuration(imageSize: imageSize, reading: nil)
    try configuration.validate()
    return ClassifierDescription(configuration: configuration, origin: .flags)
  }

  /// Returns the classifier that these flags describe.
  ///
  /// Settings that the shapes in a file determine need not be given. All others have the
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
    // The multipliers of the image size have precedence over the file's, so that a wrong image size
    // is detected.
    if let known = channelMultipliers ?? ReleasedMultipliers.byImageSize[imageSize] { return known }
    if let file { return file.encoder.channelMultipliers }
    throw ConfigurationError.flags(
      .classifier,
      "guided-diffusion has no channel_mult for --image_size \(imageSize) (only for 64, 128, 256"
        + " and 512): give --classifier_channel_mult, for example --classifier_channel_mult 1,2,4")
  }

  private func attention(imageSize: Int, levels: Int, reading file: ClassifierSignature?) -> [Int] {
    if attentionResolutions == nil, let file { return file.encoder.attentionDownsamplings }
    return attentionDownsamplings(
      resolutions: attentionResolutions ?? [32, 16, 8], imageSize: imageSize, levels: levels)
  }
}

extension FlagVocabulary {
  package static let classifier = FlagVocabulary(
    network: .classifier,
    meaningful: classifierKeys.union(["image_size"]),
    // The reference's classifier training also takes the settings of the noising process.
    ignored: trainingKeys.union(withoutEffect).union([
      "learn_sigma", "diffusion_steps", "noise_schedule", "predict_xstart", "rescale_timesteps",
    ]),
    elsewhere: samplingPlaces.merging(
      model.meaningful.map { ($0, .flags(.model)) }
    ) { first, _ in first })
}
