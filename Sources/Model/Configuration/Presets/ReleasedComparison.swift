import Diffusion

/// A comparison of flags with the preset of the same architecture, in the settings that a file cannot
/// confirm.
struct ReleasedComparison {
  /// Flags that were not given and got the preset's value instead of the default of the scripts.
  let filledIn: [String]
  /// The flags that were given and differ from the preset.
  private let differences: [(given: String, released: String)]
  private let title: String

  /// - Parameter model: the result of combining the flags and the preset.
  init(_ flags: ModelFlags, resolved model: ModelDescription, _ preset: ModelPreset) {
    let released = OpenSetting.all(preset.unet, preset.diffusion, flags)
    let defaults = OpenSetting.all(model.scriptDefaults, flags)
    let settings = zip(OpenSetting.all(model, flags), zip(released, defaults))
      .map { ($0, released: $1.0, default: $1.1) }
    title = preset.title
    filledIn = settings.filter { !$0.0.isGiven && $0.released.text != $0.default.text }
      .map(\.released.text)
    differences = settings.filter { $0.0.isGiven && $0.0.text != $0.released.text }
      .map { ($0.0.text, $0.released.text) }
  }

  var notes: [String] {
    let completion =
      filledIn.isEmpty
      ? []
      : [
        "note: settings that the flags leave out are those of \(title), which has the same"
          + " architecture: \(filledIn.joined(separator: " "))"
      ]
    return completion + differences.map { Self.warning($0.given, $0.released, title) }
  }

  /// Returns the notes for a classifier. No settings need to be filled in, because the released
  /// classifiers have the defaults.
  static func notes(
    _ configuration: ClassifierConfiguration, _ preset: ClassifierPreset
  ) -> [String] {
    let released = preset.configuration
    return [
      (configuration.heads.flag(of: .classifier), released.heads.flag(of: .classifier)),
      (
        configuration.attentionOrder.flag(of: .classifier),
        released.attentionOrder.flag(of: .classifier)
      ),
    ].filter { $0.0 != $0.1 }.map { warning($0.0, $0.1, preset.title) }
  }

  private static func warning(_ given: String, _ released: String, _ title: String) -> String {
    "warning: \(given) is given, but \(title), which has the same architecture, was trained"
      + " with \(released); if this is that model, the images will be wrong"
  }
}

/// A setting that does not show in the shapes of a file, as a flag.
private struct OpenSetting {
  let text: String
  let isGiven: Bool

  static func all(_ model: ModelDescription, _ flags: ModelFlags) -> [OpenSetting] {
    model.unet.map { all($0, model.diffusion, flags) } ?? []
  }

  /// Returns all settings of a network and its process, in the same order for all of one kind.
  ///
  /// - Parameter flags: the flags that were given.
  static func all(
    _ unet: UNetConfiguration, _ diffusion: DiffusionConfiguration, _ flags: ModelFlags
  ) -> [OpenSetting] {
    network(unet, flags)
      + (diffusion.preconditioning.map { training($0, flags) } ?? process(unet, diffusion, flags))
  }

  private static func network(_ unet: UNetConfiguration, _ flags: ModelFlags) -> [OpenSetting] {
    [
      OpenSetting("image_size", unet.imageSize, flags.imageSize),
      OpenSetting(text: unet.heads.flag(of: .model), isGiven: flags.givenHeads != nil),
      OpenSetting("num_heads_upsample", unet.headsUp?.number ?? -1, flags.headsUp),
    ]
  }

  private static func process(
    _ unet: UNetConfiguration, _ diffusion: DiffusionConfiguration, _ flags: ModelFlags
  ) -> [OpenSetting] {
    [
      OpenSetting(
        text: unet.attentionOrder.flag(of: .model), isGiven: flags.usesNewAttentionOrder != nil),
      OpenSetting("noise_schedule", diffusion.schedule.rawValue, flags.schedule),
      OpenSetting("diffusion_steps", diffusion.steps, flags.diffusionSteps),
      OpenSetting(
        "rescale_timesteps", flagText(diffusion.rescalesTimesteps), flags.rescalesTimesteps),
      OpenSetting("predict_xstart", flagText(diffusion.predictsXStart), flags.predictsXStart),
    ]
  }

  private static func training(
    _ training: Preconditioning, _ flags: ModelFlags
  ) -> [OpenSetting] {
    [
      OpenSetting(
        "training_mode", ModelFlags.TrainingMode(training).rawValue, flags.trainingMode),
      OpenSetting("sigma_min", training.sigmaMin, flags.sigmaMin),
      OpenSetting("sigma_max", training.sigmaMax, flags.sigmaMax),
    ]
  }

  private init(text: String, isGiven: Bool) {
    self.text = text
    self.isGiven = isGiven
  }

  /// - Parameter given: the value of the flag, or `nil` if it was not given.
  private init(_ key: String, _ value: some CustomStringConvertible, _ given: Any?) {
    self.init(text: "--\(key) \(value)", isGiven: given != nil)
  }
}

extension ModelDescription {
  /// The network that the scripts build if no flag is given: those of consistency_models, or of
  /// guided-diffusion.
  fileprivate var scriptDefaults: ModelDescription {
    diffusion.preconditioning == nil ? Self.guidedDiffusion : Self.consistencyModels
  }

  private static let guidedDiffusion = try! ModelFlags.parse("")
  private static let consistencyModels = try! ModelFlags.parse("--training_mode edm")
}

extension AttentionHeads {
  fileprivate var number: Int {
    switch self {
    case .count(let number), .channelsEach(let number): number
    }
  }

  fileprivate func flag(of names: FlagNames) -> String {
    switch self {
    case .count(let count): "\(names.heads) \(count)"
    case .channelsEach(let width): "\(names.headChannels) \(width)"
    }
  }
}

extension AttentionOrder {
  fileprivate func flag(of names: FlagNames) -> String {
    "\(names.attentionOrder) \(flagText(self == .new))"
  }
}
