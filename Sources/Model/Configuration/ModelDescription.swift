import Checkpoint
import Diffusion

/// The architecture and process of a diffusion model, known before its weights are read.
package struct ModelDescription: Sendable, Equatable {
  /// A UNet or a transformer.
  package var network: Architecture
  /// The prefix of the names of the network's tensors in the file.
  package var prefix = ""
  package var diffusion: DiffusionConfiguration
  /// The space that the model works in if that is not the one of images, and `nil` if it is.
  package var latentSpace: LatentSpace?
  /// The number of channels that classifier-free guidance moves, from the first one on, or `nil` for
  /// all.
  package var guidedChannels: Int?
  package var origin: ConfigurationOrigin
  /// Notes for the user on settings that were filled in and flags that are probably wrong.
  package var notes: [String]
  /// The size of the images that an upsampler was trained to enlarge, if it is known.
  package var smallSize: Int?

  package init(
    network: Architecture, diffusion: DiffusionConfiguration, origin: ConfigurationOrigin,
    notes: [String] = []
  ) {
    self.network = network
    self.diffusion = diffusion
    self.origin = origin
    self.notes = notes
  }

  package init(
    unet: UNetConfiguration, diffusion: DiffusionConfiguration, origin: ConfigurationOrigin,
    notes: [String] = [], smallSize: Int? = nil
  ) {
    self.init(network: .unet(unet), diffusion: diffusion, origin: origin, notes: notes)
    self.smallSize = smallSize
  }

  /// The settings to sample with by default, those of its authors if they published some. The first one
  /// is the default.
  package var sampling: [SamplingDefaults] {
    if case .transformer(let choice) = origin { return choice.defaults }
    return origin.choice?.preset.defaults ?? diffusion.usualSampling
  }

  /// The height and width of the model's images, in pixels, as far as they are known. The autoencoder of
  /// a model of latents may be in another file.
  package var imageSide: Int {
    let side = network.imageShape.width
    return side * (latentSpace?.firstStage?.configuration.downsampling ?? 1)
  }

  /// The configuration of the network if it is a UNet.
  package var unet: UNetConfiguration? {
    if case .unet(let unet) = network { unet } else { nil }
  }
}

/// An autoencoder, known before its weights are read.
package struct FirstStageDescription: Sendable, Equatable {
  package var configuration: AutoencoderConfiguration
  /// The prefix of the names of its tensors in the file.
  package var prefix: String
  /// The folder of the model's pipeline, which holds the autoencoder beside the model, or `nil` if it
  /// is in the model's own file.
  package var folder: String?

  package init(_ configuration: AutoencoderConfiguration, prefix: String = "") {
    self.configuration = configuration
    self.prefix = prefix
  }

  /// The autoencoder beside a model of latents in a pipeline of the diffusers library, or `nil` if
  /// there is none.
  ///
  /// - Throws: the errors of `FirstStageFile`.
  init?(beside file: CheckpointFile, latentSide: Int) throws {
    guard file.files.diffusers?.pipeline != nil,
      DiffusersFolder.autoencoder(in: file.path) != file.path
    else { return nil }
    self.init(
      try FirstStageFile(file.path).configuration.forLatents(
        height: latentSide, width: latentSide))
    folder = file.path
  }
}

/// The latents that a model makes, and the autoencoder that turns them into images.
package struct LatentSpace: Sendable, Equatable {
  /// The autoencoder in the model's own file or pipeline, or `nil` if it is another file.
  package var firstStage: FirstStageDescription?
  /// The relation of the model's latents to those of the autoencoder.
  package var scaling: LatentScaling
  /// The conversion of the autoencoder's images to 8 bits.
  package var rounding: PixelConversion.Rounding

  package init(
    firstStage: FirstStageDescription? = nil, scaling: LatentScaling,
    rounding: PixelConversion.Rounding
  ) {
    self.firstStage = firstStage
    self.scaling = scaling
    self.rounding = rounding
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
  package func validate(guiding network: Architecture) throws {
    var problems: [String] = []
    let shape = network.imageShape
    if configuration.imageSize != shape.width {
      problems.append(
        "the classifier takes images of \(configuration.imageSize) pixels, the model makes"
          + " \(shape.width)")
    }
    if configuration.inChannels != shape.channels {
      problems.append(
        "the classifier takes images of \(configuration.inChannels) channels, the model makes"
          + " \(shape.channels)")
    }
    if let classCount = network.classCount, classCount != configuration.classCount {
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
  /// The settings of a diffusion transformer's family.
  case transformer(TransformerChoice)
  case bundled(String)
  /// Files with settings, and other sources.
  case settings([String])

  package var description: String {
    switch self {
    case .flags: "settings from the flags"
    case .completedFlags(let choice): "settings from the flags and \(choice.preset.title)"
    case .preset(let choice): choice.text
    case .classifier(let preset): "same architecture as \(preset.title); using its settings"
    case .transformer(let choice): choice.text
    case .bundled(let name): "settings bundled with \(name)"
    case .settings(let sources): "settings from \(sources.joined(separator: " and "))"
    }
  }

  /// The preset from which settings are taken.
  package var choice: PresetChoice? {
    switch self {
    case .preset(let choice), .completedFlags(let choice): choice
    case .flags, .classifier, .transformer, .bundled, .settings: nil
    }
  }
}
