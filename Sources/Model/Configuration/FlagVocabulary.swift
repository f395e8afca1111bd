import Wording

/// The keys that a string of flags may hold, and the answers to the others.
package struct FlagVocabulary: Sendable {
  /// Our option that holds the string, for messages.
  let option: String
  /// Keys that describe the network or the diffusion process.
  package let meaningful: Set<String>
  /// Keys of training, or of its speed and memory, which change nothing in the images.
  let ignored: Set<String>
  /// Keys that belong to another option, with the advice to give.
  let elsewhere: [String: String]

  /// The values of the meaningful keys.
  ///
  /// - Throws: `ConfigurationError` that lists every key that does not belong here.
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

  /// The only key that ends with this one: `num_heads` for `heads`.
  private func abbreviated(_ key: String) -> String? {
    let longer = meaningful.filter { $0.hasSuffix("_" + key) }
    return longer.count == 1 ? longer.first : nil
  }
}
