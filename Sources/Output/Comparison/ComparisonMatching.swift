/// How the images of different sources are put side by side.
package enum ComparisonMatching: Sendable, Equatable {
  /// Images with the same label and seed.
  case seed
  /// Images with the same label and index.
  case index
  /// The first images of each class, the second, and so on.
  case order

  /// Chooses the closest relation that exists between all sources in every class.
  ///
  /// - Parameters:
  ///   - groups: the images of each source by label.
  ///   - labels: the labels that are shown, which all sources have.
  init(_ sources: [ComparisonSource], _ groups: [[Int?: [Int]]], labels: [Int?]) {
    let candidates: [ComparisonMatching] = Self.labelsAgree(groups) ? [.seed, .index] : [.seed]
    self =
      candidates.first { matching in
        labels.allSatisfy { label in
          !matching.groups(sources, groups.map { $0[label] ?? [] }, limit: 1).isEmpty
        }
      } ?? .order
  }

  /// Returns whether every index that all sources have belongs to the same class in all of them.
  private static func labelsAgree(_ groups: [[Int?: [Int]]]) -> Bool {
    let indices = groups.map { Set($0.values.joined()) }
    let common = indices.dropFirst().reduce(indices[0]) { $0.intersection($1) }
    let inSameClass = groups[0].reduce(0) { count, group in
      let others = groups.dropFirst().map { Set($0[group.key] ?? []) }
      return count + group.value.count { index in others.allSatisfy { $0.contains(index) } }
    }
    return inSameClass == common.count
  }

  /// Returns the images of a class that stand side by side: for each position, the index of the
  /// image of each source.
  ///
  /// - Parameters:
  ///   - classes: the images of the class in each source.
  ///   - limit: the largest number of positions.
  func groups(
    _ sources: [ComparisonSource], _ classes: [[Int]], limit: Int
  ) -> [[Int?]] {
    guard self != .order else {
      let longest = classes.map(\.count).max() ?? 0
      return (0..<min(limit, longest)).map { place in
        classes.map { $0.indices.contains(place) ? $0[place] : nil }
      }
    }
    let keyed = zip(sources, classes).map { source, indices in
      Dictionary(
        indices.compactMap { index in key(of: index, source).map { ($0, index) } },
        uniquingKeysWith: { first, _ in first })
    }
    let first = classes[0].lazy.compactMap { key(of: $0, sources[0]) }
    return first.filter { key in keyed.allSatisfy { $0[key] != nil } }.prefix(limit)
      .map { key in keyed.map { $0[key] } }
  }

  private func key(of index: Int, _ source: ComparisonSource) -> Int? {
    switch self {
    case .seed: source.samples.seed(of: index).map(Int.init)
    case .index: index
    case .order: nil
    }
  }

  /// A sentence about the images at the same place.
  package var sentence: String {
    switch self {
    case .seed: "Images at the same place have the same seed."
    case .index: "Images at the same place have the same index."
    case .order: "Images at the same place need not be related."
    }
  }
}
