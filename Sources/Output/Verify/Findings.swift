/// The problems found in a job's folder: for each kind, the number and the first examples.
package struct Findings: Sendable, Equatable {
  package enum Kind: Sendable, CaseIterable {
    /// Planned images that do not exist.
    case missing
    /// Images that are not complete, or that do not match the plan.
    case damaged
    /// Images with the same pixels as another image.
    case duplicate
    /// Shards that do not consist of planned images in order, or do not match their index.
    case shard
    /// Missing or wrong lines in `metadata.jsonl`.
    case metadata
    /// Files and folders that do not belong to the plan.
    case extra
    /// Temporary files.
    case leftover
  }

  /// The findings of one kind.
  package struct Found: Sendable, Equatable {
    package fileprivate(set) var count = 0
    /// The first findings, as one line of text each.
    package fileprivate(set) var examples: [String] = []
  }

  private static let exampleLimit = 10
  private var found: [Kind: Found] = [:]

  package subscript(kind: Kind) -> Found { found[kind] ?? Found() }

  mutating func add(_ kind: Kind, _ example: String) {
    found[kind, default: Found()].count += 1
    if self[kind].examples.count < Self.exampleLimit { found[kind]!.examples.append(example) }
  }

  /// Whether there are no problems.
  package var isEmpty: Bool { found.isEmpty }

  /// Whether there is no problem except that the job is not complete.
  package var onlyMissingImages: Bool {
    self[.missing].count > 0 && found.keys.allSatisfy { $0 == .missing || $0 == .leftover }
  }
}
