import Checkpoint
import Diffusion

extension ModelDescription {
  /// Determines the configuration of a checkpoint: from its settings if it is a folder of the
  /// diffusers library, and otherwise as `init(shapes:flags:hints:isUpsampler:)` does.
  ///
  /// - Parameters:
  ///   - flags: `nil` if no flags were given.
  ///   - hints: what may decide between presets with the same architecture. By default the name of the
  ///     file.
  ///   - isUpsampler: as for `init(shapes:flags:hints:isUpsampler:)`.
  /// - Throws: `ConfigurationError`.
  package init(
    _ file: CheckpointFile, flags: ModelFlags?, hints: PresetChoice.Hints? = nil,
    isUpsampler: Bool? = false
  ) throws {
    let hints = hints ?? .init(path: file.path)
    guard let folder = file.files.diffusers else {
      try self.init(
        shapes: file.shapes, flags: flags, hints: hints, isUpsampler: isUpsampler)
      return
    }
    if let preset = hints.preset {
      throw ConfigurationError(
        .flags,
        "a folder of diffusers has settings of its own, so the preset \(preset) cannot be used: leave"
          + " it out")
    }
    if try folder.hasLatents {
      try self.init(latents: file, folder, flags)
      return
    }
    let signature = try UNetSignature(shapes: file.shapes)
    if let isUpsampler { try signature.require(isUpsampler: isUpsampler) }
    try self.init(folder, signature, flags)
  }

  /// Determines the configuration of a pipeline with an autoencoder, such as `LDMPipeline`.
  private init(latents file: CheckpointFile, _ folder: DiffusersFolder, _ flags: ModelFlags?) throws
  {
    guard flags == nil else {
      throw ConfigurationError.flags(
        .model, "a pipeline of latents has settings of its own in its folder, and no flags")
    }
    guard let scheduler = folder.scheduler else {
      throw ConfigurationError(
        .checkpoint,
        "there is no scheduler_config.json, which describes the noise that the network was trained"
          + " with: fetch the whole folder again")
    }
    let signature = try UNetSignature(
      latent: StateDictShapes(shapes: file.shapes), classTable: LatentDiffusionNames.classTable)
    let unet = try UNetConfiguration(
      diffusers: folder.network, inChannels: signature.encoder.inChannels, imageSize: nil,
      latentChannels: signature.latentChannels)
    try unet.signature.check(against: signature, folder.network)
    let process = try DiffusersProcess(scheduler, learnsSigma: false, hasLatents: true)
    self.init(
      unet: unet, diffusion: process.configuration,
      origin: .settings([folder.network.name, scheduler.name]), notes: process.notes)
    let firstStage = try FirstStageFile(file.path)
    latentSpace = LatentSpace(
      firstStage: try FirstStageDescription(beside: file, latentSide: unet.imageSize),
      scaling: firstStage.scaling ?? LatentScaling(), rounding: .rounded)
  }

  private init(
    _ folder: DiffusersFolder, _ signature: UNetSignature, _ flags: ModelFlags?
  ) throws {
    let unet = try UNetConfiguration(
      diffusers: folder.network, inChannels: signature.encoder.inChannels,
      imageSize: flags?.imageSize)
    try unet.signature.check(against: signature, folder.network)
    let process = try folder.scheduler.map {
      try DiffusersProcess($0, learnsSigma: unet.learnsSigma)
    }
    try flags?.check(against: unet, process?.configuration, signature)
    let sources = [folder.network, folder.scheduler].compactMap(\.self).map(\.name)
    self.init(
      unet: unet,
      diffusion: try folder.diffusion(
        process?.configuration, flags, signature),
      origin: .settings(sources + (flags == nil ? [] : ["the flags"])),
      notes: process?.notes ?? [], smallSize: flags?.smallSize)
  }
}

extension DiffusersFolder {
  /// Whether this is a pipeline whose network generates latents, which an autoencoder turns into
  /// images.
  ///
  /// - Throws: `ConfigurationError` if the autoencoder is of an unknown kind, or missing, or if this is
  ///   only the network of such a pipeline.
  fileprivate var hasLatents: Bool {
    get throws {
      if pipeline == nil, let autoencoder = Self.autoencoder(beside: path) {
        throw ConfigurationError(
          .checkpoint,
          "this network generates latents for the autoencoder in \(autoencoder): give the folder of the"
            + " whole pipeline")
      }
      guard let part = ["vae", "vqvae", "movq"].first(where: { pipeline?[$0] != nil }) else {
        return false
      }
      guard part != "movq" else {
        throw ConfigurationError(
          .checkpoint,
          "this is a latent diffusion pipeline with the autoencoder movq, which this version does not"
            + " know; use the diffusers library")
      }
      guard Self.autoencoder(in: path) != path else {
        throw ConfigurationError(
          .checkpoint,
          "this is a latent diffusion pipeline, but there is no \(part)/config.json, which describes"
            + " its autoencoder: fetch the whole folder again")
      }
      return true
    }
  }

  /// Returns the process that the scheduler describes, changed by the flags, or that the flags
  /// describe if there is no scheduler.
  fileprivate func diffusion(
    _ process: DiffusionConfiguration?, _ flags: ModelFlags?, _ signature: UNetSignature
  ) throws -> DiffusionConfiguration {
    guard let flags else {
      if let process { return process }
      throw ConfigurationError.missingFlags(
        signature.kind,
        facts: [
          "\(network.name) describes the network, but there is no scheduler_config.json for its"
            + " process; still needed: --noise_schedule, --diffusion_steps (and --predict_xstart,"
            + " --rescale_timesteps, --sigma_small if they were used)"
        ], template: "--noise_schedule ? --diffusion_steps ?")
    }
    return try flags.process(
      completedBy: process ?? .init(schedule: .linear, learnsSigma: signature.learnsSigma))
  }
}

extension UNetSignature {
  /// - Throws: `ConfigurationError` if the weights are those of another network.
  fileprivate func check(against weights: UNetSignature, _ file: SettingsFile) throws {
    let settings: [(name: String, stated: String, found: String)] = [
      ("block_out_channels", "\(encoder.widths)", "\(weights.encoder.widths)"),
      ("layers_per_block", "\(encoder.residualBlocks)", "\(weights.encoder.residualBlocks)"),
      (
        "the downsampling of levels with attention (down_block_types)",
        "\(encoder.attentionDownsamplings)", "\(weights.encoder.attentionDownsamplings)"
      ),
      (
        "resnet_time_scale_shift", Self.text(encoder.usesScaleShiftNorm),
        Self.text(weights.encoder.usesScaleShiftNorm)
      ),
      (
        "downsample_type", encoder.resampling?.rawValue ?? "",
        weights.encoder.resampling?.rawValue ?? ""
      ),
      ("num_class_embeds", Self.text(classCount), Self.text(weights.classCount)),
      ("out_channels", "\(outChannels)", "\(weights.outChannels)"),
    ]
    let differences = settings.filter { $0.stated != $0.found }.map {
      "\($0.name) is \($0.stated), but the weights have \($0.found)"
    }
    guard differences.isEmpty else {
      throw ConfigurationError(
        .checkpoint, "\(file.name) does not describe the weights beside it", details: differences)
    }
  }

  private var outChannels: Int { latentChannels ?? (learnsSigma ? 6 : 3) }

  private static func text(_ usesScaleShiftNorm: Bool) -> String {
    usesScaleShiftNorm ? "scale_shift" : "default"
  }

  private static func text(_ count: Int?) -> String { count.map { "\($0)" } ?? "null" }
}

extension ModelFlags {
  /// Checks that these flags do not contradict the settings in a folder.
  ///
  /// The order of attention is that of diffusers, no matter what order the network was trained with.
  ///
  /// - Parameters:
  ///   - process: the process in the folder, or `nil` if it has none.
  ///   - signature: the signature of the weights.
  /// - Throws: `ConfigurationError` that lists the contradictions.
  fileprivate func check(
    against unet: UNetConfiguration, _ process: DiffusionConfiguration?, _ signature: UNetSignature
  ) throws {
    var flags = self
    flags.imageSize = imageSize ?? unet.imageSize
    flags.channelMultipliers = channelMultipliers ?? signature.encoder.channelMultipliers
    var contradictions =
      try flags.description(reading: signature).unet?.contradictions(with: signature) ?? []
    let settings: [(flag: String, stated: String?, found: String?)] = [
      (
        String(unet.flagNames.imageSize.dropFirst(2)), imageSize.map { "\($0)" },
        "\(unet.imageSize)"
      ),
      (
        "num_heads or --num_head_channels", givenHeads.map(unet.headCounts),
        unet.headCounts(unet.heads)
      ),
      ("noise_schedule", schedule?.rawValue, process?.schedule.rawValue),
      ("diffusion_steps", diffusionSteps.map { "\($0)" }, process.map { "\($0.steps)" }),
      ("predict_xstart", predictsXStart.map(flagText), process.map { flagText($0.predictsXStart) }),
    ]
    contradictions += settings.compactMap { flag, stated, found in
      guard let stated, let found, stated != found else { return nil }
      return "--\(flag) gives \(stated), but the settings in the folder give \(found)"
    }
    guard contradictions.isEmpty else {
      throw ConfigurationError.contradictions(signature.kind, contradictions)
    }
  }
}

extension UNetConfiguration {
  /// Describes the number of heads at each level.
  fileprivate func headCounts(_ heads: AttentionHeads) -> String {
    signature.encoder.widths.map { "\(heads.count(channels: $0))" }.joined(separator: ", ")
      + " heads"
  }
}
