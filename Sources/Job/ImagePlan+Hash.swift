import Hashing

extension ImagePlan {
  /// Short for which images the plan makes in which order: equal for plans with the same entries
  /// that are written the same way, in ranges or in a file of labels.
  ///
  /// The first 16 hexadecimal digits of the SHA-256 of, for a plan of ranges, a line with the rule
  /// and one with the seeds, as the command line takes them:
  ///
  ///     classes 0-9 interleaved        or "labels 0,69,292", or "unconditional"
  ///     seeds 0-99
  ///
  /// For a file it is of the line "listed" and the packed labels and seeds (`PackedNumbers`), which
  /// are the same for the same numbers, whatever the file's format and name.
  package var hash: String {
    var hash = SHA256()
    switch form {
    case .ruled(let rule, let seeds):
      switch rule {
      case .unconditional: hash.update("unconditional\n")
      case .spread(let classes, let order):
        hash.update("classes \(classes.text) \(order.rawValue)\n")
      case .exact(let exact): hash.update("labels \(exact.text)\n")
      }
      hash.update("seeds \(seeds.text)\n")
    case .listed(_, let labels, let seeds):
      hash.update("listed\n")
      labels.hash(into: &hash)
      seeds.hash(into: &hash)
    }
    return String(hash.hexadecimal.prefix(16))
  }
}
