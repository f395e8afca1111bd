import Job

/// Which of a job's images a contact sheet shows: a group a class, or one group when the images have
/// no labels.
package struct ContactSheetSelection: Sendable, Equatable {
  package struct Group: Sendable, Equatable {
    /// The class's name, nil for images without labels.
    package let title: String?
    /// Indices of the images shown, in order.
    package let indices: [Int]
  }

  package let groups: [Group]
  /// What was left out, or nil when all images are shown.
  package let footer: String?

  /// Chooses in the order of classes and indices, in a time that hardly grows with the plan.
  ///
  /// - Parameters:
  ///   - counts: images of each label; empty when they have none.
  ///   - maximumGroups: classes there is room for, at least 1.
  ///   - maximumImages: images of each that there is room for, at least 1.
  package init(
    catalog: ImageCatalog, counts: [Int: Int], maximumGroups: Int, maximumImages: Int
  ) {
    if counts.isEmpty {
      let shown = min(catalog.count, maximumImages)
      groups = [Group(title: nil, indices: Array(catalog.indices.prefix(shown)))]
      footer = shown < catalog.count ? "first \(shown) of \(catalog.count) images" : nil
    } else {
      let shown = counts.keys.sorted().prefix(maximumGroups)
      let indices = Self.firstIndices(
        of: shown.map { ($0, min(counts[$0]!, maximumImages)) }, in: catalog.work)
      groups = shown.map { Group(title: catalog.title(ofLabel: $0), indices: indices[$0]!) }
      footer = Self.footer(counts, maximumGroups: maximumGroups, maximumImages: maximumImages)
    }
  }

  private static func footer(
    _ counts: [Int: Int], maximumGroups: Int, maximumImages: Int
  ) -> String? {
    var left: [String] = []
    if counts.count > maximumGroups {
      left.append("first \(maximumGroups) of \(counts.count) classes")
    }
    if let most = counts.values.max(), most > maximumImages {
      let uneven = counts.values.contains { $0 != most } ? "up to " : ""
      left.append("first \(maximumImages) of \(uneven)\(most) images each")
    }
    return left.isEmpty ? nil : left.joined(separator: ", ")
  }

  /// The first images of each label, as many as wanted; looks no further than the last of them.
  private static func firstIndices(
    of wanted: [(label: Int, count: Int)], in work: Work
  ) -> [Int: [Int]] {
    let limits = Dictionary(uniqueKeysWithValues: wanted.map { ($0.label, $0.count) })
    var found = limits.mapValues { _ in [Int]() }
    var missing = limits.values.reduce(0, +)
    for index in work.indices where missing > 0 {
      guard let label = work[index].label, let limit = limits[label], found[label]!.count < limit
      else { continue }
      found[label]!.append(index)
      missing -= 1
    }
    return found
  }
}
