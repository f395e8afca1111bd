import Checkpoint
import Diffusion
import Wording

extension ModelDescription {
  /// Determines the configuration of a model of CompVis' latent-diffusion: from its file, and from its
  /// YAML file or a preset with the same architecture.
  ///
  /// The file has precedence: its ᾱ and its scale of the latents are used even if others are given.
  ///
  /// - Parameters:
  ///   - file: a file for which `isLatentDiffusion` is true.
  ///   - config: the YAML file, or `nil` to choose a preset.
  ///   - hints: what may decide between presets with the same architecture.
  /// - Throws: `ConfigurationError` if the settings are not known or contradict the file, or if the model
  ///   is of a kind that this program cannot run; `CheckpointError` if a tensor cannot be read.
  package init(
    latentDiffusion file: CheckpointFile, config: LatentConfigFile?, hints: PresetChoice.Hints
  ) throws {
    let contents = try LatentDiffusionContents(file, stated: config?.firstStage)
    let settings =
      try config.map { try LatentSettings(contents, $0, hints) } ?? LatentSettings(contents, hints)
    let (process, notes) = try settings.process(contents)
    self.init(unet: settings.unet, diffusion: process, origin: settings.origin, notes: notes)
    prefix = LatentDiffusionNames.unet
    latentSpace = LatentSpace(
      firstStage: contents.firstStage.map {
        FirstStageDescription(settings.firstStage, prefix: $0.prefix)
      },
      scaling: LatentScaling(factor: try settings.scaleFactor(contents)), rounding: .truncated)
  }
}

extension LatentConfigFile {
  /// Returns the key of the weights to read instead of the averages that were chosen, if the
  /// configuration turns averages off.
  package func key(insteadOf file: CheckpointFile) -> String? {
    guard !usesAverages, file.isChosenAsAverage else { return nil }
    return file.alternatives.first { !$0.isAveraged && $0.isReadable }?.key
  }
}

/// The settings of a latent diffusion model from its YAML file or from a preset.
private struct LatentSettings {
  let unet: UNetConfiguration
  let firstStage: AutoencoderConfiguration
  let origin: ConfigurationOrigin
  private let steps: Int
  private let schedule: LatentProcess?
  private let predictsXStart: Bool
  /// The factor of the latents, or `nil` if it is in the file.
  private let statedFactor: Double?

  /// The settings of the preset with the architecture of a file.
  init(_ contents: LatentDiffusionContents, _ hints: PresetChoice.Hints) throws {
    guard
      let choice = try PresetChoice.choose(for: contents.unet, hints: hints, flags: nil),
      let latents = choice.preset.latents
    else { throw contents.needsConfig }
    let preset = choice.preset
    if let found = contents.firstStage {
      try latents.firstStage.check(
        against: found.configuration, "the first stage in the file is not that of \(preset.title)")
    }
    (unet, firstStage, origin) = (preset.unet, latents.firstStage, .preset(choice))
    (steps, schedule) = (preset.diffusion.steps, preset.diffusion.latent)
    predictsXStart = preset.diffusion.predictsXStart
    statedFactor = latents.hasMeasuredScale ? nil : 1
  }

  /// The settings in a YAML file.
  init(
    _ contents: LatentDiffusionContents, _ config: LatentConfigFile, _ hints: PresetChoice.Hints
  ) throws {
    if let preset = hints.preset {
      throw ConfigurationError(
        .flags,
        "the settings come from \(config.name), so the preset \(preset) cannot be used: leave one of"
          + " them out")
    }
    let differences = config.unet.signature.latentDifferences(from: contents.unet)
    guard differences.isEmpty else {
      throw ConfigurationError(
        .checkpoint, "\(config.name) does not describe the network in the file",
        details: differences)
    }
    (unet, firstStage, origin) = (config.unet, config.firstStage, .settings([config.name]))
    (steps, schedule, predictsXStart) = (config.steps, config.process, config.predictsXStart)
    statedFactor = config.scaleFactor
  }

  /// Returns the process, and a note if the file changes it.
  func process(
    _ contents: LatentDiffusionContents
  ) throws -> (DiffusionConfiguration, notes: [String]) {
    guard let stored = contents.alphaBar else {
      guard let schedule else {
        throw ConfigurationError(
          .checkpoint,
          "the noise schedule is none that this version computes, and the file does not hold it"
            + " (\(LatentDiffusionNames.alphaBar))")
      }
      return (configuration(schedule), [])
    }
    guard stored.count == steps else {
      throw ConfigurationError(
        .checkpoint,
        "the settings have \(steps) trained steps, but the file has \(stored.count)"
          + " (\(LatentDiffusionNames.alphaBar))")
    }
    if let schedule, schedule.alphaBar(steps: steps) == stored {
      return (configuration(schedule), [])
    }
    let ends = (first: 1 - stored[0], last: 1 - stored[steps - 1] / stored[steps - 2])
    let process = LatentProcess(
      betaStart: Double(ends.first), betaEnd: Double(ends.last), storedAlphaBar: stored)
    guard process.isValid(steps: steps) else {
      throw CheckpointError.badData(
        path: contents.path, place: "tensor \(LatentDiffusionNames.alphaBar)",
        reason: "ᾱ must fall from step to step, between 1 and 0")
    }
    let note = "note: the noise schedule is that of the file, and not that of the settings"
    return (configuration(process), schedule == nil ? [] : [note])
  }

  private func configuration(_ process: LatentProcess) -> DiffusionConfiguration {
    DiffusionConfiguration(process, steps: steps, predictsXStart: predictsXStart)
  }

  /// The factor of the latents.
  func scaleFactor(_ contents: LatentDiffusionContents) throws -> Double {
    guard let factor = contents.scaleFactor ?? statedFactor else {
      throw ConfigurationError(
        .checkpoint,
        "the scale of the latents was measured when the model was trained (scale_by_std), but the file"
          + " does not hold it (\(LatentDiffusionNames.scaleFactor))")
    }
    return factor
  }
}

extension AutoencoderConfiguration {
  /// - Throws: `ConfigurationError` if a file has another autoencoder.
  fileprivate func check(against file: AutoencoderConfiguration, _ summary: String) throws {
    let differences = contradictions(with: file)
    guard differences.isEmpty else {
      throw ConfigurationError(.checkpoint, summary, details: differences)
    }
  }
}

extension LatentDiffusionContents {
  /// An error that asks for the YAML file, with what the tensors show.
  fileprivate var needsConfig: ConfigurationError {
    let encoder = unet.encoder
    let classes = unet.classCount.map { ", \(counted($0, "class", plural: "classes"))" } ?? ""
    return .missingConfig([
      "its network has \(encoder.modelChannels) channels times"
        + " \(multiplierText(encoder.channelMultipliers)), \(encoder.residualBlocks) residual blocks"
        + " at each level, latents of \(counted(unet.latentChannels ?? 0, "channel"))\(classes)",
      "the number of its heads and the size of its latents are not in the file",
    ])
  }
}

extension UNetSignature {
  /// Returns each difference from the network in a file, in terms of latent-diffusion's arguments.
  fileprivate func latentDifferences(from file: UNetSignature) -> [String] {
    zip(latentFacts, file.latentFacts).compactMap { own, found in
      own.value == found.value
        ? nil : "\(own.name) is \(own.value), but the weights have \(found.value)"
    }
  }

  private var latentFacts: [(name: String, value: String)] {
    [
      ("in_channels", "\(encoder.inChannels)"), ("model_channels", "\(encoder.modelChannels)"),
      ("num_res_blocks", "\(encoder.residualBlocks)"),
      ("channel_mult", multiplierText(encoder.channelMultipliers)),
      ("attention_resolutions", "\(encoder.attentionDownsamplings)"),
      ("use_scale_shift_norm", "\(encoder.usesScaleShiftNorm)"),
      ("the layer that resamples", encoder.resampling?.rawValue ?? "none"),
      ("n_classes", classCount.map { "\($0)" } ?? "none"),
      ("context_dim", spatialTransformer.map { "\($0.contextChannels)" } ?? "none"),
      ("transformer_depth", spatialTransformer.map { "\($0.depth)" } ?? "none"),
    ]
  }
}
