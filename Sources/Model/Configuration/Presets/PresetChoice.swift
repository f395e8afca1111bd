import Wording

/// The preset whose settings are used for a file, and the reason.
package struct PresetChoice: Sendable, Equatable {
  package let preset: ModelPreset
  package let reason: Reason
  /// The other presets with the architecture of the file.
  package let alternatives: [ModelPreset]

  package enum Reason: Sendable {
    /// The architecture, which no other preset has, or only presets with the same settings.
    case architecture
    /// The name of the file, which chooses among presets with its architecture.
    case fileName
    /// The user named the preset.
    case request
  }

  /// What is known about a file besides its tensors.
  package struct Hints: Sendable, Equatable {
    /// The name of the file without its extension.
    package let fileName: String?
    /// The name of the preset to use, or `nil` to choose one.
    package let preset: String?

    /// - Parameter path: the path of the file.
    package init(path: String? = nil, preset: String? = nil) {
      let name = path?.split(separator: "/").last
      fileName = name.map { String($0[..<($0.lastIndex(of: ".") ?? $0.endIndex)]) }
      self.preset = preset
    }
  }

  /// Chooses the preset of a file.
  ///
  /// A name chooses only among presets with the architecture of the file.
  ///
  /// - Parameter flags: flags that were given, which may exclude presets.
  /// - Returns: `nil` if no preset has this architecture.
  /// - Throws: `ConfigurationError` if the requested preset is unknown or does not fit the file, or if
  ///   presets with different settings fit and nothing decides between them.
  static func choose(
    for file: UNetSignature, hints: Hints, flags: ModelFlags?
  ) throws(ConfigurationError) -> PresetChoice? {
    let fitting = ModelPreset.all.filter { $0.unet.signature == file }
    func choice(_ preset: ModelPreset, _ reason: Reason) -> PresetChoice {
      PresetChoice(
        preset: preset, reason: reason, alternatives: fitting.filter { $0 != preset })
    }
    if let name = hints.preset {
      return choice(try requested(name, for: file, fitting: fitting), .request)
    }
    let named = fitting.filter { preset in
      hints.fileName.map(preset.fileNames.contains) ?? false
    }
    if fitting.count > 1, named.count == 1 { return choice(named[0], .fileName) }
    let possible = fitting.filter { flags?.trainingMode?.excludes($0.diffusion) != true }
    guard let first = possible.first else { return nil }
    guard possible.allSatisfy({ $0.hasSettings(of: first) }) else {
      throw .ambiguousPreset(possible.map(\.name))
    }
    return choice(first, .architecture)
  }

  private static func requested(
    _ name: String, for file: UNetSignature, fitting: [ModelPreset]
  ) throws(ConfigurationError) -> ModelPreset {
    guard let preset = ModelPreset.named(name) else {
      let names = ModelPreset.all.map(\.name)
      throw .unknownPreset(
        name, meant: likelyMeant(name, among: names),
        isClassifier: ClassifierPreset.named(name) != nil)
    }
    guard fitting.contains(preset) else {
      throw .otherPreset(
        name, preset.unet.signature.differences(from: file), fitting: fitting.map(\.name))
    }
    return preset
  }

  /// Returns the choice and its reason in words.
  var text: String {
    switch reason {
    case .architecture: "same architecture as \(preset.title); using its settings"
    case .fileName: "settings of \(preset.title), chosen by the name of the file"
    case .request: "settings of \(preset.title), as requested"
    }
  }

  /// A note on the presets that were not chosen by the name of the file, if they would have given
  /// other settings.
  var note: String? {
    let others = alternatives.filter { !$0.hasSettings(of: preset) }
    guard reason == .fileName, !others.isEmpty else { return nil }
    return "note: the name of the file chooses the settings of \(preset.name), because models with"
      + " other settings have the same architecture: \(others.map(\.name).joined(separator: ", "))"
  }
}

extension SpatialTransformerConfiguration {
  fileprivate var text: String {
    "\(depth) in place of an attention block, with contexts of \(contextChannels) channels"
  }
}

extension UNetSignature {
  /// Returns each difference between the settings that the shapes determine, as a sentence about
  /// this network, a preset's, and that of a file.
  fileprivate func differences(from file: UNetSignature) -> [String] {
    zip(facts, file.facts).compactMap { own, found in
      own.value == found.value
        ? nil : "\(own.name): \(own.value) in the preset, \(found.value) in the file"
    }
  }

  private var facts: [(name: String, value: String)] {
    [
      ("input channels", "\(encoder.inChannels)"),
      ("--num_channels", "\(encoder.modelChannels)"),
      ("--num_res_blocks", "\(encoder.residualBlocks)"),
      ("--channel_mult", multiplierText(encoder.channelMultipliers)),
      (
        "attention",
        encoder.attentionDownsamplings.isEmpty
          ? "none"
          : "at " + encoder.attentionDownsamplings.map { "1/\($0)" }.joined(separator: ", ")
            + " of the image size"
      ),
      ("--use_scale_shift_norm", flagText(encoder.usesScaleShiftNorm)),
      ("--resblock_updown", flagText(encoder.resampling == .residualBlock)),
      ("--learn_sigma", flagText(learnsSigma)),
      ("classes", classCount.map { "\($0)" } ?? "none"),
      ("dimensions of attention's convolutions", "\(attentionDimensions ?? 1)"),
      ("latent channels", latentChannels.map { "\($0)" } ?? "none"),
      ("transformers", spatialTransformer?.text ?? "none"),
    ]
  }
}
