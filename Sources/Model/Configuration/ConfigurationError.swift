/// The reason why the configuration of a network is not known, as a message for the user.
package struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The cause of the error, which determines the exit code.
  package enum Kind: Sendable {
    /// The flags are wrong, contradict the file, or are missing.
    case flags
    /// The file does not hold a network that this program can run.
    case checkpoint
  }

  package let kind: Kind
  package let summary: String
  /// The details, each a complete statement. None depends on another.
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

/// The shape of a tensor in messages, such as `64×3×3×3`, or `scalar` if it has no dimensions.
func shapeText(_ shape: [Int]) -> String {
  guard !shape.isEmpty else { return "scalar" }
  let shown = shape.prefix(8).map(String.init).joined(separator: "×")
  return shape.count > 8 ? shown + "×…" : shown
}
