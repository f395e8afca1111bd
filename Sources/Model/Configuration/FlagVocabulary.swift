import Wording

/// The keys that are allowed in a string of flags, and the messages for all others.
package struct FlagVocabulary: Sendable {
  /// Our option with the string, for messages.
  let option: String
  /// Keys that describe the network or the diffusion process.
  package let meaningful: Set<String>
  /// Keys of training, or of its speed and memory, that do not affect the images.
  let ignored: Set<String>
  /// Keys that belong to another option, with advice.
  let elsewhere: [String: String]

  /// Returns the values of the meaningful keys.
  ///
  /// - Throws: `ConfigurationError` that lists every key that is not allowed here.
  func values(_ list: FlagList) throws -> FlagValues {
    let problems = list.pairs.compactMap { problem(key: $0.key) }
    guard problems.isEmpty else {
      throw ConfigurationError(.flags, "\(option) cannot be read:", details: problems)
    }
    let kept = list.pairs.filter { meaningful.contains($0.key) }
    return FlagValues(
      option: option, values: Dictionary(kept.map { ($0.key, $0.value) }) { _, last in last })
  }

  private func problem(key: String) -> String? {
    if meaningful.contains(key) || ignored.contains(key) { return nil }
    if let place = elsewhere[key] { return "--\(key) is not a setting of the network: \(place)" }
    let unknown = "--\(key.printable) is not a guided-diffusion flag"
    guard let meant = likelyMeant(key, among: meaningful) ?? abbreviated(key) else {
      return unknown
    }
    return "\(unknown); did you mean --\(meant)?"
  }

  /// Returns the only key that ends with `key`. For example, `heads` means `num_heads`.
  private func abbreviated(_ key: String) -> String? {
    let longer = meaningful.filter { $0.hasSuffix("_" + key) }
    return longer.count == 1 ? longer.first : nil
  }
}
