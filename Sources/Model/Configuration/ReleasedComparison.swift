import Diffusion

/// Compares flags with the released checkpoint of the same architecture, in the settings that the
/// file cannot confirm.
struct ReleasedComparison {
  /// Flags that were not given and have the released values, where guided-diffusion's defaults
  /// differ.
  let filledIn: [String]
  /// One for each flag that was given and differs from the released checkpoint's.
  private let differences: [(given: String, released: String)]
  private let name: String

  /// - Parameter model: what the flags and the preset come to.
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

  /// A classifier's: it has no settings to fill in, as the released ones have the defaults.
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
  /// Settings that leave no trace in a file's shapes, as flags; `ModelFlags.givesOpenSettings` has
  /// the same order.
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

  /// What guided-diffusion builds where no flag is given.
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
