import Diffusion

/// A comparison of flags with the released checkpoint of the same architecture, in the settings
/// that a file cannot confirm.
struct ReleasedComparison {
  /// Flags that were not given and got the released value instead of guided-diffusion's default.
  let filledIn: [String]
  /// The flags that were given and differ from the released checkpoint.
  private let differences: [(given: String, released: String)]
  private let name: String

  /// - Parameter model: the result of combining the flags and the preset.
  init(_ flags: ModelFlags, resolved model: ModelDescription, _ preset: ModelPreset) {
    let defaults = ModelDescription.referenceDefaults
    let settings = zip(
      model.openSettings, zip(preset.description.openSettings, defaults.openSettings)
    ).map { ($0, released: $1.0, default: $1.1) }
    let given = flags.givesOpenSettings
    name = preset.name
    filledIn = zip(settings, given).filter { !$1 && $0.released != $0.default }.map(\.0.released)
    differences = zip(settings, given).filter { $1 && $0.0 != $0.released }
      .map { ($0.0.0, $0.0.released) }
  }

  var notes: [String] {
    let completion =
      filledIn.isEmpty
      ? []
      : [
        "note: settings that the flags leave out are those of OpenAI's \(name), which has the same"
          + " architecture: \(filledIn.joined(separator: " "))"
      ]
    return completion + differences.map { Self.warning($0.given, $0.released, name) }
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
    ].filter { $0.0 != $0.1 }.map { warning($0.0, $0.1, preset.name) }
  }

  private static func warning(_ given: String, _ released: String, _ name: String) -> String {
    "warning: \(given) is given, but OpenAI's \(name), which has the same architecture, was trained"
      + " with \(released); if this is that model, the images will be wrong"
  }
}

extension ModelPreset {
  fileprivate var description: ModelDescription {
    ModelDescription(unet: unet, diffusion: diffusion, origin: .preset(name))
  }
}

extension ModelDescription {
  /// The settings that do not show in the shapes of a file, as flags, in the order of
  /// `ModelFlags.givesOpenSettings`.
  fileprivate var openSettings: [String] {
    [
      "--image_size \(unet.imageSize)",
      unet.heads.flag(of: .model),
      unet.headsUp.map { "--num_heads_upsample \($0.number)" } ?? "--num_heads_upsample -1",
      unet.attentionOrder.flag(of: .model),
      "--noise_schedule \(diffusion.schedule.rawValue)",
      "--diffusion_steps \(diffusion.steps)",
      "--rescale_timesteps \(flagText(diffusion.rescalesTimesteps))",
      "--predict_xstart \(flagText(diffusion.predictsXStart))",
    ]
  }

  /// The network that guided-diffusion builds if no flag is given.
  fileprivate static let referenceDefaults = try! ModelFlags.parse("")
}

extension ModelFlags {
  fileprivate var givesOpenSettings: [Bool] {
    [
      imageSize != nil, givenHeads != nil, headsUp != nil, usesNewAttentionOrder != nil,
      schedule != nil, diffusionSteps != nil, rescalesTimesteps != nil, predictsXStart != nil,
    ]
  }
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
