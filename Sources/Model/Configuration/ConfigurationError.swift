/// Why a network's configuration is not known, as text for the person who gave the files and flags.
package struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Whose the mistake is, which decides the exit code.
  package enum Kind: Sendable {
    /// The flags are wrong, contradict the file, or are needed and absent.
    case flags
    /// The file does not hold a network that this program runs.
    case checkpoint
  }

  package let kind: Kind
  package let summary: String
  /// One complete statement each, all of the same standing.
  package let details: [String]

  package init(_ kind: Kind, _ summary: String, details: [String] = []) {
    self.kind = kind
    self.summary = summary
    self.details = details
  }

  package var description: String {
    ([summary] + details.map { "  - \($0)" }).joined(separator: "\n")
  }
}

/// A tensor's shape as error texts show it: `64×3×3×3`, `scalar` when it has no dimensions.
func shapeText(_ shape: [Int]) -> String {
  guard !shape.isEmpty else { return "scalar" }
  let shown = shape.prefix(8).map(String.init).joined(separator: "×")
  return shape.count > 8 ? shown + "×…" : shown
}
