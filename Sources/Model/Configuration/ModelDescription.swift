import Diffusion

/// The architecture and process of a diffusion model, known before its weights are read.
package struct ModelDescription: Sendable, Equatable {
  package var unet: UNetConfiguration
  package var diffusion: DiffusionConfiguration
  package var origin: ConfigurationOrigin
  /// Notes for the user on settings that were filled in and flags that are probably wrong.
  package var notes: [String]
  /// The size of the images that an upsampler was trained to enlarge, if it is known.
  package var smallSize: Int?

  package init(
    unet: UNetConfiguration, diffusion: DiffusionConfiguration, origin: ConfigurationOrigin,
    notes: [String] = [], smallSize: Int? = nil
  ) {
    self.smallSize = smallSize
    self.unet = unet
    self.diffusion = diffusion
    self.origin = origin
    self.notes = notes
  }
}

/// The architecture of a noisy classifier, known before its weights are read.
package struct ClassifierDescription: Sendable, Equatable {
  package var configuration: ClassifierConfiguration
  package var origin: ConfigurationOrigin
  /// Notes for the user on flags that are probably wrong.
  package var notes: [String]

  package init(
    configuration: ClassifierConfiguration, origin: ConfigurationOrigin, notes: [String] = []
  ) {
    self.configuration = configuration
    self.origin = origin
    self.notes = notes
  }

  /// Refuses a classifier for other images or classes than those of the network.
  package func validate(guiding unet: UNetConfiguration) throws {
    var problems: [String] = []
    if configuration.imageSize != unet.imageSize {
      problems.append(
        "the classifier takes images of \(configuration.imageSize) pixels, the model makes"
          + " \(unet.imageSize)")
    }
    if let classCount = unet.classCount, classCount != configuration.classCount {
      problems.append(
        "the classifier has \(configuration.classCount) classes, the model \(classCount)")
    }
    guard problems.isEmpty else {
      throw ConfigurationError(
        .checkpoint, "the classifier does not belong to the model", details: problems)
    }
  }
}

/// The source of a configuration.
package enum ConfigurationOrigin: Sendable, Equatable, CustomStringConvertible {
  case flags
  /// Flags, completed from the preset with the same architecture.
  case completedFlags(PresetChoice)
  /// A preset with the same architecture.
  case preset(PresetChoice)
  /// The released classifier with the same architecture.
  case classifier(ClassifierPreset)
  case bundled(String)
  /// Files with settings, and other sources.
  case settings([String])

  package var description: String {
    switch self {
    case .flags: "settings from the flags"
    case .completedFlags(let choice): "settings from the flags and \(choice.preset.title)"
    case .preset(let choice): choice.text
    case .classifier(let preset): "same architecture as \(preset.title); using its settings"
    case .bundled(let name): "settings bundled with \(name)"
    case .settings(let sources): "settings from \(sources.joined(separator: " and "))"
    }
  }

  /// The preset from which settings are taken.
  package var choice: PresetChoice? {
    switch self {
    case .preset(let choice), .completedFlags(let choice): choice
    case .flags, .classifier, .bundled, .settings: nil
    }
  }
}
