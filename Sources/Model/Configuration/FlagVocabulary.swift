import Wording

/// The keys that are allowed in a string of flags, and the messages for all others.
package struct FlagVocabulary: Sendable {
  /// The network that the flags describe.
  let network: NetworkKind
  /// Keys that describe the network or the diffusion process.
  package let meaningful: Set<String>
  /// Keys of training, or of its speed and memory, that do not affect the images.
  let ignored: Set<String>
  /// Keys that have their place elsewhere.
  let elsewhere: [String: Place]

  /// The place of a key that is not a setting of the network.
  package enum Place: Sendable, Equatable {
    /// A setting of guided-diffusion's sampling scripts.
    case sampling
    /// A flag of the other network.
    case flags(NetworkKind)
    /// None, for this reason.
    case nowhere(String)
  }

  /// A key that is not allowed.
  package enum Problem: Sendable, Equatable {
    case elsewhere(key: String, Place)
    /// No flag of guided-diffusion. `meant` is a similar one.
    case unknown(key: String, meant: String?)
  }

  /// Returns the values of the meaningful keys.
  ///
  /// - Throws: `ConfigurationError` that lists every key that is not allowed here.
  func values(_ text: String) throws -> FlagValues {
    let pairs = try FlagList(text, of: network).pairs
    let problems = pairs.compactMap { problem(key: $0.key) }
    guard problems.isEmpty else { throw ConfigurationError.keys(network, problems) }
    let kept = pairs.filter { meaningful.contains($0.key) }
    return FlagValues(
      network: network, values: Dictionary(kept.map { ($0.key, $0.value) }) { _, last in last })
  }

  private func problem(key: String) -> Problem? {
    if meaningful.contains(key) || ignored.contains(key) { return nil }
    if let place = elsewhere[key] { return .elsewhere(key: key, place) }
    return .unknown(key: key, meant: likelyMeant(key, among: meaningful) ?? abbreviated(key))
  }

  /// Returns the only key that ends with `key`. For example, `heads` means `num_heads`.
  private func abbreviated(_ key: String) -> String? {
    let longer = meaningful.filter { $0.hasSuffix("_" + key) }
    return longer.count == 1 ? longer.first : nil
  }
}

extension FlagVocabulary.Problem {
  /// Returns one sentence with the key and what to do.
  ///
  /// - Parameter words: returns the words for a term, such as those that name an option.
  func text(_ words: (ConfigurationError.Term) -> String) -> String {
    switch self {
    case .elsewhere(let key, let place):
      "--\(key) is not a setting of the network: \(Self.advice(key, place, words))"
    case .unknown(let key, let meant):
      "--\(key.printable) is not a guided-diffusion flag"
        + (meant.map { "; did you mean --\($0)?" } ?? "")
    }
  }

  private static func advice(
    _ key: String, _ place: FlagVocabulary.Place, _ words: (ConfigurationError.Term) -> String
  ) -> String {
    switch place {
    case .sampling: words(.instead(of: key))
    case .flags(.model): "it belongs to the model; give it in \(words(.flags(.model)))"
    case .flags(.classifier): "give it in \(words(.flags(.classifier)))"
    case .flags(.upsampler): "it belongs to an upsampler; give it in \(words(.flags(.upsampler)))"
    case .nowhere(let reason): reason
    }
  }
}
