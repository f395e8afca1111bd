import Wording

/// The differences between the tensors that a network needs and those in a file.
package struct ParameterMismatch: Error, Equatable, Sendable, CustomStringConvertible {
  package struct Parameter: Equatable, Sendable {
    package let name: String
    package let shape: [Int]
  }

  package struct WrongShape: Equatable, Sendable {
    package let name: String
    package let expected: [Int]
    package let found: [Int]
  }

  /// In the order of the network.
  package let missing: [Parameter]
  /// Sorted by name.
  package let unexpected: [Parameter]
  /// In the order of the network.
  package let wronglyShaped: [WrongShape]
  /// Possible causes, one sentence each.
  package let hints: [String]

  /// - Parameters:
  ///   - expected: the parameters of the network in its order.
  ///   - found: the shape of every tensor by its name in the file.
  ///   - hints: see ``UNetConfiguration/contradictions(with:multipliersGiven:)``.
  /// - Returns: `nil` if the file has exactly the expected tensors.
  package init?(
    expected: [(name: String, shape: [Int])], found: [String: [Int]], hints: [String] = []
  ) {
    missing = expected.filter { found[$0.name] == nil }.map(Parameter.init)
    let names = Set(expected.map(\.name))
    unexpected = found.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }
      .map { Parameter(name: $0.key, shape: $0.value) }
    wronglyShaped = expected.compactMap { name, shape in
      guard let other = found[name], other != shape else { return nil }
      return WrongShape(name: name, expected: shape, found: other)
    }
    self.hints = hints
    if missing.isEmpty && unexpected.isEmpty && wronglyShaped.isEmpty { return nil }
  }

  package var description: String {
    let sections: [(title: String, lines: [String])] = [
      (
        "wrongly shaped",
        wronglyShaped.map {
          "\($0.name.printable): the network needs \(shapeText($0.expected)), the file has"
            + " \(shapeText($0.found))"
        }
      ),
      ("missing from the file", missing.map { "\($0.name.printable) (\(shapeText($0.shape)))" }),
      (
        "in the file but not in the network",
        unexpected.map { "\($0.name.printable) (\(shapeText($0.shape)))" }
      ),
    ]
    var lines = ["the tensors in the file are not those of the network"]
    for (title, entries) in sections where !entries.isEmpty {
      lines.append("\(entries.count) \(title):")
      lines += entries.prefix(Self.shownEntries).map { "  \($0)" }
      if entries.count > Self.shownEntries {
        lines.append("  … and \(entries.count - Self.shownEntries) more")
      }
    }
    if !hints.isEmpty {
      lines.append("the flags look wrong:")
      lines += hints.map { "  \($0)" }
    }
    return lines.joined(separator: "\n")
  }

  private static let shownEntries = 12
}
