import Foundation
import Wording

/// The names of a model's classes, and the way from a name back to its label.
///
/// A class may have several names, separated by commas, as ImageNet's do: `tench, Tinca tinca`. Any
/// of them, or the whole line, names the class. Upper and lower case and the number of blanks
/// between words do not matter.
package struct ClassNames: Sendable, Equatable {
  /// By label.
  package let names: [String]
  /// The labels that each whole name and each of its parts stands for, by `key(_:)`.
  private let labels: [String: [Int]]
  /// The most parts that a name has.
  let longestName: Int

  package init(_ names: [String]) {
    self.names = names
    var labels: [String: [Int]] = [:]
    var longest = 1
    for (label, name) in names.enumerated() {
      let parts = Self.parts(of: name)
      longest = max(longest, parts.count)
      for key in Set(parts + [Self.key(name)]) where !key.isEmpty {
        labels[key, default: []].append(label)
      }
    }
    self.labels = labels
    longestName = longest
  }

  /// The labels of the classes that have this name: none, one, or several where it is ambiguous.
  package func labels(named name: String) -> [Int] { labels[Self.key(name)] ?? [] }

  /// The names that are closest to `name`, at most three; none where all are far from it.
  func suggestions(for name: String) -> [String] {
    let key = Self.key(name)
    guard (2...64).contains(key.count) else { return [] }
    let near = labels.keys.compactMap { candidate in
      distance(from: key, to: candidate).map { (name: candidate, distance: $0) }
    }
    let least = near.map(\.distance).min()
    return near.filter { $0.distance == least }.map(\.name).sorted().prefix(3).map(spelling)
  }

  /// How far apart two names are; nil where nobody would take one for the other. A word of a name
  /// of several is near it.
  private func distance(from key: String, to candidate: String) -> Int? {
    if candidate.split(separator: " ").contains(key[...]) { return 1 }
    let limit = key.count < 4 ? 1 : max(2, key.count / 3)
    guard abs(candidate.count - key.count) <= limit else { return nil }
    let distance = editDistance(key, candidate)
    return distance <= limit ? distance : nil
  }

  /// A name or a part of one as it is written in the list.
  private func spelling(of key: String) -> String {
    let name = names[labels[key]![0]]
    return ([name] + name.split(separator: ",").map { $0.trimmed }).first { Self.key($0) == key }
      ?? name
  }

  private static func parts(of name: String) -> [String] {
    name.precomposedStringWithCanonicalMapping.lowercased().split(separator: ",").map {
      $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
  }

  /// What the spellings of one name have in common.
  private static func key(_ name: String) -> String { parts(of: name).joined(separator: ", ") }
}
