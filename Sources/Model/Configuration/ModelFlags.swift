import Diffusion

/// The given values of guided-diffusion's MODEL_FLAGS (`model_and_diffusion_defaults` in
/// script_util.py), with a few flags of our own for settings that its scripts fix. `nil` means that
/// a flag was not given.
package struct ModelFlags: Sendable, Equatable {
  /// The size of the images that the network makes: `large_size` for an upsampler.
  package var imageSize: Int?
  /// The size of the images that an upsampler enlarges.
  package var smallSize: Int?
  package var modelChannels: Int?
  package var residualBlocks: Int?
  package var channelMultipliers: [Double]?
  package var attentionResolutions: [Int]?
  package var heads: Int?
  package var headsUp: Int?
  package var headChannels: Int?
  package var isClassConditional: Bool?
  /// Our own flag. The reference always uses 1000.
  package var classCount: Int?
  package var usesScaleShiftNorm: Bool?
  package var resamplesInResidualBlocks: Bool?
  /// Our own flag. The reference always uses a convolution.
  package var convolvesWhenResampling: Bool?
  package var usesNewAttentionOrder: Bool?
  package var learnsSigma: Bool?
  package var diffusionSteps: Int?
  package var schedule: NoiseSchedule?
  package var predictsXStart: Bool?
  package var rescalesTimesteps: Bool?
  /// Our own flag. The reference's scripts never set it.
  package var usesSmallSigma: Bool?
  // The following flags are those of consistency_models (cm_train_defaults and
  // model_and_diffusion_defaults in its script_util.py).
  package var trainingMode: TrainingMode?
  package var sigmaMin: Double?
  package var sigmaMax: Double?

  /// - Parameter vocabulary: the flags of a model, or of an upsampler.
  /// - Throws: `ConfigurationError` for an unknown key or an impossible value.
  package init(parsing text: String, as vocabulary: FlagVocabulary = .model) throws {
    let values = try vocabulary.values(text)
    let size = vocabulary.network == .upsampler ? "large_size" : "image_size"
    imageSize = try values.integer(size, in: NetworkLimits.imageSize)
    smallSize = try values.integer("small_size", in: NetworkLimits.imageSize)
    modelChannels = try values.integer("num_channels", in: NetworkLimits.channels)
    residualBlocks = try values.integer("num_res_blocks", in: NetworkLimits.residualBlocks)
    channelMultipliers = try values.multipliers("channel_mult")
    attentionResolutions = try values.resolutions("attention_resolutions")
    heads = try values.integer("num_heads", in: NetworkLimits.channels)
    headsUp = try values.unsettable("num_heads_upsample", in: NetworkLimits.channels)
    headChannels = try values.unsettable("num_head_channels", in: NetworkLimits.channels)
    isClassConditional = try values.boolean("class_cond")
    classCount = try values.integer("num_classes", in: NetworkLimits.classes)
    usesScaleShiftNorm = try values.boolean("use_scale_shift_norm")
    resamplesInResidualBlocks = try values.boolean("resblock_updown")
    convolvesWhenResampling = try values.boolean("conv_resample")
    usesNewAttentionOrder = try values.boolean("use_new_attention_order")
    learnsSigma = try values.boolean("learn_sigma")
    diffusionSteps = try values.integer("diffusion_steps", in: NetworkLimits.diffusionSteps)
    schedule = try values.choice("noise_schedule", NoiseSchedule.self)
    predictsXStart = try values.boolean("predict_xstart")
    rescalesTimesteps = try values.boolean("rescale_timesteps")
    usesSmallSigma = try values.boolean("sigma_small")
    trainingMode = try values.choice("training_mode", TrainingMode.self)
    sigmaMin = try values.positive("sigma_min")
    sigmaMax = try values.positive("sigma_max")
  }

  /// Returns the model that the reference would build from these flags, with its defaults for flags
  /// that are not given.
  ///
  /// - Throws: the `ConfigurationError`s of ``init(parsing:)``, and errors for impossible sizes.
  package static func parse(_ text: String) throws -> ModelDescription {
    let description = try ModelFlags(parsing: text).description(reading: nil)
    try description.network.validate()
    return description
  }

  /// Returns the model that these flags describe.
  ///
  /// Settings that the shapes in a file determine need not be given. All others come from the
  /// released checkpoint with the same architecture if there is one, and otherwise from the
  /// reference's defaults.
  func description(
    reading file: UNetSignature?, completedBy preset: ModelPreset? = nil
  ) throws -> ModelDescription {
    let unet = try unet(reading: file, completedBy: preset?.unet)
    let process =
      unet.attentionDimensions == nil
      ? try steps(of: unet, completedBy: preset?.diffusion)
      : DiffusionConfiguration(
        try preconditioning(of: unet, completedBy: preset?.diffusion.preconditioning))
    return ModelDescription(
      unet: unet, diffusion: process, origin: .flags, smallSize: smallSize ?? preset?.smallSize)
  }

  private func steps(
    of unet: UNetConfiguration, completedBy preset: DiffusionConfiguration?
  ) throws -> DiffusionConfiguration {
    var known = preset ?? DiffusionConfiguration(schedule: .linear, learnsSigma: false)
    known.learnsSigma = unet.learnsSigma
    return try process(completedBy: known)
  }

  /// Returns the process of steps that these flags describe. Settings that are not given are those of
  /// `known`.
  func process(completedBy known: DiffusionConfiguration) throws -> DiffusionConfiguration {
    try refuseConsistencyFlags()
    return DiffusionConfiguration(
      schedule: schedule ?? known.schedule, steps: diffusionSteps ?? known.steps,
      learnsSigma: known.learnsSigma, predictsXStart: predictsXStart ?? known.predictsXStart,
      rescalesTimesteps: rescalesTimesteps ?? known.rescalesTimesteps,
      usesSmallSigma: usesSmallSigma ?? known.usesSmallSigma)
  }

  private func unet(
    reading file: UNetSignature?, completedBy known: UNetConfiguration?
  ) throws -> UNetConfiguration {
    let imageSize = imageSize ?? known?.imageSize ?? (file?.enlargesImages == true ? 256 : 64)
    let multipliers = try multipliers(imageSize: imageSize, reading: file)
    let heads = givenHeads ?? known?.heads ?? .count(4)
    let attentionDimensions = file.map(\.attentionDimensions) ?? (trainingMode == nil ? nil : 2)
    return UNetConfiguration(
      imageSize: imageSize, inChannels: file?.encoder.inChannels ?? 3,
      modelChannels: modelChannels ?? file?.encoder.modelChannels ?? 128,
      residualBlocks: residualBlocks ?? file?.encoder.residualBlocks ?? 2,
      channelMultipliers: multipliers,
      attentionDownsamplings: attention(
        imageSize: imageSize, levels: multipliers.count, reading: file),
      heads: heads,
      headsUp: headsUp(differingFrom: heads),
      attentionOrder: attentionOrder(attentionDimensions, completedBy: known),
      usesScaleShiftNorm: usesScaleShiftNorm ?? file?.encoder.usesScaleShiftNorm ?? true,
      resamplesInResidualBlocks: resamplesInResidualBlocks
        ?? file?.encoder.resampling.map { $0 == .residualBlock } ?? false,
      convolvesWhenResampling: convolvesWhenResampling
        ?? file?.encoder.resampling.map { $0 != .plain } ?? true,
      classCount: try classes(reading: file),
      learnsSigma: learnsSigma ?? file?.learnsSigma ?? false,
      attentionDimensions: attentionDimensions)
  }

  /// consistency_models has the new order, whatever its flag says.
  private func attentionOrder(
    _ dimensions: Int?, completedBy known: UNetConfiguration?
  ) -> AttentionOrder {
    guard dimensions == nil else { return .new }
    return usesNewAttentionOrder.map { $0 ? .new : .legacy } ?? known?.attentionOrder ?? .legacy
  }

  /// The attention heads. `--num_head_channels` has precedence over `--num_heads`.
  var givenHeads: AttentionHeads? {
    headChannels.map { .channelsEach($0) } ?? heads.map { .count($0) }
  }

  private func headsUp(differingFrom heads: AttentionHeads) -> AttentionHeads? {
    guard case .count(let count) = heads, let headsUp, headsUp != count else { return nil }
    return .count(headsUp)
  }

  private func multipliers(imageSize: Int, reading file: UNetSignature?) throws -> [Double] {
    // The multipliers of the image size have precedence over the file's, so that a wrong image size
    // is detected.
    let released = ReleasedMultipliers(ofUpsampler: file?.enlargesImages ?? false)
    if let known = channelMultipliers ?? released.bySize[imageSize] { return known }
    if let file { return file.encoder.channelMultipliers }
    throw ConfigurationError.flags(
      .model,
      "guided-diffusion has no channel_mult for --image_size \(imageSize) (only for 64, 128, 256"
        + " and 512): give --channel_mult, for example --channel_mult 1,2,2")
  }

  private func attention(imageSize: Int, levels: Int, reading file: UNetSignature?) -> [Int] {
    if attentionResolutions == nil, let file { return file.encoder.attentionDownsamplings }
    return attentionDownsamplings(
      resolutions: attentionResolutions ?? [16, 8], imageSize: imageSize, levels: levels)
  }

  private func classes(reading file: UNetSignature?) throws -> Int? {
    if isClassConditional ?? (file?.classCount != nil) {
      return classCount ?? file?.classCount ?? 1000
    }
    guard let classCount else { return nil }
    throw ConfigurationError.flags(
      .model,
      "--num_classes \(classCount) is given, but --class_cond is"
        + " \(isClassConditional == nil ? "not" : "False"): give --class_cond True if the model"
        + " takes labels")
  }
}

extension FlagVocabulary {
  package static let model = FlagVocabulary(
    network: .model,
    meaningful: [
      "image_size", "num_channels", "num_res_blocks", "channel_mult", "attention_resolutions",
      "num_heads", "num_heads_upsample", "num_head_channels", "class_cond", "num_classes",
      "use_scale_shift_norm", "resblock_updown", "conv_resample", "use_new_attention_order",
      "learn_sigma", "diffusion_steps", "noise_schedule", "predict_xstart", "rescale_timesteps",
      "sigma_small", "training_mode", "sigma_min", "sigma_max",
    ],
    ignored: trainingKeys.union(withoutEffect),
    elsewhere:
      samplingPlaces
      .merging(upsamplerKeys.map { ($0, .flags(.upsampler)) }) { first, _ in first }
      .merging(classifierKeys.map { ($0, .flags(.classifier)) }) { first, _ in first })

  /// Flags of super_res_sample.py, which calls the image size `large_size`.
  package static let upsampler = FlagVocabulary(
    network: .upsampler,
    meaningful: model.meaningful.subtracting(["image_size"]).union(upsamplerKeys),
    ignored: model.ignored,
    elsewhere:
      samplingPlaces
      .merging(["image_size": .nowhere("an upsampler has --large_size and --small_size")]) {
        first, _ in first
      }
      .merging(classifierKeys.map { ($0, .flags(.classifier)) }) { first, _ in first })

  package static let upsamplerKeys: Set<String> = ["large_size", "small_size"]

  /// Flags that do not affect the images: they trade speed for memory, or matter only in training.
  /// The reference's sampling scripts take some of them too.
  package static let withoutEffect: Set<String> = [
    "dropout", "use_fp16", "use_checkpoint", "use_kl", "rescale_learned_sigmas",
    "classifier_use_fp16", "weight_schedule",
  ]

  /// Flags of the reference's training scripts only.
  package static let trainingKeys: Set<String> = [
    "data_dir", "val_data_dir", "noised", "iterations", "schedule_sampler", "lr", "weight_decay",
    "anneal_lr", "lr_anneal_steps", "microbatch", "ema_rate", "log_interval", "eval_interval",
    "save_interval", "resume_checkpoint", "fp16_scale_growth",
  ]

  /// Flags of the reference's sampling scripts that do not describe a network.
  package static let samplingKeys = [
    "timestep_respacing", "use_ddim", "num_samples", "batch_size", "classifier_scale",
    "classifier_path", "model_path", "clip_denoised", "base_samples",
  ]

  static let samplingPlaces = Dictionary(
    uniqueKeysWithValues: samplingKeys.map { ($0, Place.sampling) })

  static let classifierKeys: Set<String> = [
    "classifier_width", "classifier_depth", "classifier_attention_resolutions",
    "classifier_use_scale_shift_norm", "classifier_resblock_updown", "classifier_pool",
    "classifier_channel_mult", "classifier_num_heads", "classifier_num_head_channels",
    "classifier_num_classes", "classifier_use_new_attention_order", "classifier_conv_resample",
  ]
}
