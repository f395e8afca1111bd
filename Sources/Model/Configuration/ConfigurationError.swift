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
  /// The file holds a network of this kind instead of the other.
  case otherNetwork(NetworkKind)
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
    case .flags, .keys, .contradictions, .missingFlags, .ambiguousLayers: .flags
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
    /// The advice to give a file as this network.
    case give(NetworkKind)
    /// The advice to write grey images.
    case writeGrey
    /// The advice what to use instead of this key of guided-diffusion's sampling scripts.
    case instead(of: String)

    /// The words of a program without options.
    package var plain: String {
      switch self {
      case .flags(.model): "MODEL_FLAGS"
      case .flags(.classifier): "CLASSIFIER_FLAGS"
      case .flags(.upsampler): "the upsampler's MODEL_FLAGS"
      case .give(let kind): "give it as the \(kind.rawValue)"
      case .writeGrey: "write grey ones"
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
    case .ambiguousLayers:
      "the layers of the classifier file can be divided in several ways; give the one it was trained"
        + " with in \(words(.flags(.classifier))):"
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
    case .flags, .otherNetwork, .channels: []
    }
  }
}

/// The shape of a tensor in messages, such as `64×3×3×3`, or `scalar` if it has no dimensions.
func shapeText(_ shape: [Int]) -> String {
  guard !shape.isEmpty else { return "scalar" }
  let shown = shape.prefix(8).map(String.init).joined(separator: "×")
  return shape.count > 8 ? shown + "×…" : shown
}
