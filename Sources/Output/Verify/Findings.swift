/// What is wrong in a job's folder, by kind: how often, and the first examples.
package struct Findings: Sendable, Equatable {
  package enum Kind: Sendable, CaseIterable {
    /// Images of the plan that are not there.
    case missing
    /// Images that are not whole, or not those of the plan.
    case damaged
    /// Images with the pixels of another one.
    case duplicate
    /// Shards that are not made of the plan's images in order, or are not what their index says.
    case shard
    /// What `metadata.jsonl` does not say, or says wrongly.
    case metadata
    /// Files and folders that are not of the plan.
    case extra
    /// Temporary files.
    case leftover
  }

  /// What was found of one kind.
  package struct Found: Sendable, Equatable {
    package fileprivate(set) var count = 0
    /// The first ones, each a line for people.
    package fileprivate(set) var examples: [String] = []
  }

  private static let exampleLimit = 10
  private var found: [Kind: Found] = [:]

  package subscript(kind: Kind) -> Found { found[kind] ?? Found() }

  mutating func add(_ kind: Kind, _ example: String) {
    found[kind, default: Found()].count += 1
    if self[kind].examples.count < Self.exampleLimit { found[kind]!.examples.append(example) }
  }

  /// Whether all is well.
  package var isEmpty: Bool { found.isEmpty }

  /// Whether nothing is wrong but that the job has not come to its end.
  package var onlyMissingImages: Bool {
    self[.missing].count > 0 && found.keys.allSatisfy { $0 == .missing || $0 == .leftover }
  }
}
