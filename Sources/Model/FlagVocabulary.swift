/// The keys that a string of flags may hold, and what to say of the others.
struct FlagVocabulary: Sendable {
  /// Our option that holds the string, for messages.
  let option: String
  /// Keys that say something of the network or the diffusion.
  let meaningful: Set<String>
  /// Keys of training, or of speed and memory there, which change nothing in what is computed here.
  let ignored: Set<String>
  /// Keys that are said elsewhere, and where.
  let elsewhere: [String: String]

  /// The values of the meaningful keys.
  ///
  /// - Throws: `ConfigurationError` that lists every key that cannot stand here.
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
    return "--\(key.printable) is no flag of guided-diffusion; the nearest is --\(nearest(to: key))"
  }

  private func nearest(to key: String) -> String {
    let key = String(key.prefix(64))
    let candidates = meaningful.sorted().map { ($0, editDistance(key, $0)) }
    return candidates.min { $0.1 < $1.1 }?.0 ?? ""
  }
}

/// Levenshtein's distance: the fewest letters to insert, delete or replace.
private func editDistance(_ first: String, _ second: String) -> Int {
  let second = Array(second)
  var row = Array(0...second.count)
  for (i, letter) in first.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in second.enumerated() {
      let replaced = diagonal + (letter == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[second.count]
}
