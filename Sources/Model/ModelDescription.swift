import Diffusion

/// A diffusion model as it has to be known before its weights are read.
package struct ModelDescription: Sendable, Equatable {
  package var unet: UNetConfiguration
  package var diffusion: DiffusionConfiguration
  package var origin: ConfigurationOrigin

  package init(
    unet: UNetConfiguration, diffusion: DiffusionConfiguration, origin: ConfigurationOrigin
  ) {
    self.unet = unet
    self.diffusion = diffusion
    self.origin = origin
  }
}

/// A noisy classifier as it has to be known before its weights are read.
package struct ClassifierDescription: Sendable, Equatable {
  package var configuration: ClassifierConfiguration
  package var origin: ConfigurationOrigin

  package init(configuration: ClassifierConfiguration, origin: ConfigurationOrigin) {
    self.configuration = configuration
    self.origin = origin
  }

  /// Refuses a classifier that cannot guide a network, for it sees other images or classes.
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

/// Where a configuration is known from.
package enum ConfigurationOrigin: Sendable, Equatable, CustomStringConvertible {
  case flags
  /// The architecture is that of this released checkpoint.
  case preset(String)
  case bundled(String)

  package var description: String {
    switch self {
    case .flags: "as the flags say"
    case .preset(let name): "as of the released \(name), whose architecture it has"
    case .bundled(let name): "as bundled with \(name)"
    }
  }
}
