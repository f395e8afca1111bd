import Wording

/// A kind of network that a checkpoint may hold. Each has flags of its own.
package enum NetworkKind: String, Sendable {
  case model
  case classifier
  /// A model that enlarges images, as in the reference's super_res_sample.py.
  case upsampler
}

/// The reason why the configuration of a network is not known.
package enum ConfigurationError: Error, Equatable, Sendable {
  /// The flags of a network cannot be used, for this reason.
  case flags(NetworkKind, String)
  /// The flags of a network have keys that are not allowed there.
  case keys(NetworkKind, [FlagVocabulary.Problem])
  /// The flags of a network contradict its file. Each contradiction is a sentence.
  case contradictions(NetworkKind, [String])
  /// Flags are needed. `facts` are statements about them, and `template` has ? for the values.
  case missingFlags(NetworkKind, facts: [String], template: String)
  /// The layers of a classifier's file can be divided in several ways. Each is given as flags.
  case ambiguousLayers([String])
  /// No preset has this name. `meant` is a similar one. `isClassifier` says whether it is the name of
  /// a classifier's preset, which its file needs no name for.
  case unknownPreset(String, meant: String?, isClassifier: Bool)
  /// The file does not have the architecture of the preset with this name. The differences are
  /// sentences, and `fitting` are the presets that the file could have.
  case otherPreset(String, [String], fitting: [String])
  /// Presets with these names have the architecture of the file, but different settings.
  case ambiguousPreset([String])
  /// The file holds a network of this kind instead of the other.
  case otherNetwork(NetworkKind)
  /// The settings of a latent diffusion model are needed. The facts are statements about it.
  case missingConfig([String])
  /// The network takes images with other channels than RGB.
  case channels(ImageChannels)
  /// Any other reason, which needs no words of the caller. The details are complete statements.
  case other(Kind, String, details: [String])

  /// The cause of the error, which determines the exit code.
  package enum Kind: Sendable {
    /// The flags are wrong, contradict the file, or are missing.
    case flags
    /// The file does not hold a network that this program can run.
    case checkpoint
  }

  package init(_ kind: Kind, _ summary: String, details: [String] = []) {
    self = .other(kind, summary, details: details)
  }

  package var kind: Kind {
    switch self {
    case .flags, .keys, .contradictions, .missingFlags, .missingConfig, .ambiguousLayers,
      .unknownPreset, .otherPreset, .ambiguousPreset:
      .flags
    case .otherNetwork, .channels: .checkpoint
    case .other(let kind, _, _): kind
    }
  }
}

// MARK: - Text

extension ConfigurationError: CustomStringConvertible {
  /// Something that a program may call by a name of its own, such as that of an option.
  package enum Term: Sendable, Equatable {
    /// The flags of a network.
    case flags(NetworkKind)
    /// The advice to choose this preset.
    case preset(String)
    /// The command that lists the presets.
    case listPresets
    /// The advice to give a file as this network.
    case give(NetworkKind)
    /// The advice to write grey images.
    case writeGrey
    /// The advice to give the YAML file of a latent diffusion model.
    case giveConfig
    /// The advice what to use instead of this key of guided-diffusion's sampling scripts.
    case instead(of: String)

    /// The words of a program without options.
    package var plain: String {
      switch self {
      case .flags(.model): "MODEL_FLAGS"
      case .flags(.classifier): "CLASSIFIER_FLAGS"
      case .flags(.upsampler): "the upsampler's MODEL_FLAGS"
      case .preset(let name): "the preset \(name)"
      case .listPresets: "the list of presets"
      case .give(let kind): "give it as the \(kind.rawValue)"
      case .writeGrey: "write grey ones"
      case .giveConfig: "give its YAML file"
      case .instead: "it is a setting of the sampler"
      }
    }
  }

  package var description: String { text(\.plain) }
  package var summary: String { summary(\.plain) }
  package var details: [String] { details(\.plain) }

  /// Returns the summary, and below it the details.
  ///
  /// - Parameter words: returns the words for a term, such as those that name an option.
  package func text(_ words: (Term) -> String) -> String {
    ([summary(words)] + details(words).map { "  - \($0)" }).joined(separator: "\n")
  }

  private func summary(_ words: (Term) -> String) -> String {
    switch self {
    case .flags(let network, let reason): "\(words(.flags(network))): \(reason)"
    case .keys(let network, _): "\(words(.flags(network))) cannot be read:"
    case .contradictions(let network, _):
      "\(words(.flags(network))) contradict the \(network.rawValue) file:"
    case .missingFlags(let network, _, _):
      "some settings of this \(network.rawValue) are not stored in the file, and it is not a known"
        + " released checkpoint; give guided-diffusion's flags as it was trained with"
        + " \(words(.flags(network)))"
    case .missingConfig:
      "some settings of this latent diffusion model are not stored in the file, and it is not a known"
        + " released checkpoint"
    case .ambiguousLayers:
      "the layers of the classifier file can be divided in several ways; give the one it was trained"
        + " with in \(words(.flags(.classifier))):"
    case .unknownPreset(let name, _, true):
      "\(name.printable) is a classifier, which is recognised by its shapes and needs no preset"
    case .unknownPreset(let name, let meant, false):
      "there is no preset '\(name.printable)'"
        + (meant.map { "; did you mean \($0)?" } ?? "; \(words(.listPresets)) shows all")
    case .otherPreset(let name, _, _):
      "the file does not have the architecture of the preset \(name):"
    case .ambiguousPreset:
      "models with different settings have the architecture of this file, and neither its shapes nor"
        + " its name show which one it is:"
    case .otherNetwork(.classifier):
      "this is a classifier, not a diffusion model (it has no output_blocks):"
        + " \(words(.give(.classifier)))"
    case .otherNetwork(.model):
      "this is a diffusion model, not a classifier (it has output_blocks): \(words(.give(.model)))"
    case .otherNetwork(.upsampler):
      "this is a super-resolution network (its input_blocks.0.0.weight takes six channels: an image"
        + " and an enlarged one): \(words(.give(.upsampler)))"
    case .channels(let channels): channels.problem(words)
    case .other(_, let summary, _): summary
    }
  }

  /// The details, each a complete statement. None depends on another.
  private func details(_ words: (Term) -> String) -> [String] {
    switch self {
    case .keys(_, let problems): problems.map { $0.text(words) }
    case .contradictions(_, let details), .ambiguousLayers(let details), .other(_, _, let details):
      details
    case .missingFlags(let network, let facts, let template):
      facts + [
        "replace each ? by the value from the training command: \(words(.flags(network)))"
          + " \"\(template)\""
      ]
    case .missingConfig(let facts): facts + ["\(words(.giveConfig)), as its authors publish it"]
    case .otherPreset(_, let differences, let fitting):
      differences
        + (fitting.isEmpty
          ? [] : ["the file fits \(Self.alternatives(fitting.map { words(.preset($0)) }))"])
    case .ambiguousPreset(let names):
      [
        "choose \(Self.alternatives(names.map { words(.preset($0)) }))",
        "or give \(ModelFlags.TrainingMode.choices) in \(words(.flags(.model)))",
      ]
    case .flags, .otherNetwork, .channels, .unknownPreset: []
    }
  }
}

extension ConfigurationError {
  /// Returns a list such as `a, b or c`.
  private static func alternatives(_ words: [String]) -> String {
    words.count < 2
      ? words.joined()
      : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
  }
}

/// The shape of a tensor in messages, such as `64×3×3×3`, or `scalar` if it has no dimensions.
func shapeText(_ shape: [Int]) -> String {
  guard !shape.isEmpty else { return "scalar" }
  let shown = shape.prefix(8).map(String.init).joined(separator: "×")
  return shape.count > 8 ? shown + "×…" : shown
}
