import Foundation
import Wording

/// The names of a model's classes, with a lookup from name to label.
///
/// A class may have several names, separated by commas, as in ImageNet: `tench, Tinca tinca`. Each
/// of them, and the whole line, refers to the class. Case and the number of blanks between words
/// are ignored.
package struct ClassNames: Sendable, Equatable {
  /// The names by label.
  package let names: [String]
  /// The labels of each whole name and of each of its parts, by `key(_:)`.
  private let labels: [String: [Int]]
  /// The largest number of parts in a name.
  package let longestName: Int

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

  /// Returns the labels of the classes with this name. There are several if the name is ambiguous.
  package func labels(named name: String) -> [Int] { labels[Self.key(name)] ?? [] }

  /// Returns at most three names that are similar to `name`.
  func suggestions(for name: String) -> [String] {
    let key = Self.key(name)
    guard (2...64).contains(key.count) else { return [] }
    let near = labels.keys.compactMap { candidate in
      distance(from: key, to: candidate).map { (name: candidate, distance: $0) }
    }
    let least = near.map(\.distance).min()
    return near.filter { $0.distance == least }.map(\.name).sorted().prefix(3).map(spelling)
  }

  /// Returns the distance between two names, or `nil` if they cannot be confused. A single word of
  /// a longer name counts as similar.
  private func distance(from key: String, to candidate: String) -> Int? {
    if candidate.split(separator: " ").contains(key[...]) { return 1 }
    let limit = key.count < 4 ? 1 : max(2, key.count / 3)
    guard abs(candidate.count - key.count) <= limit else { return nil }
    let distance = editDistance(key, candidate)
    return distance <= limit ? distance : nil
  }

  /// Returns a name, or a part of one, as it is spelled in the list.
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

  /// Returns a form that is the same for all spellings of a name.
  private static func key(_ name: String) -> String { parts(of: name).joined(separator: ", ") }
}
