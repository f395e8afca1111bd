import Job

/// The images of a job that a contact sheet shows: one group per class, or a single group if the
/// images have no labels.
package struct ContactSheetSelection: Sendable, Equatable {
  package struct Group: Sendable, Equatable {
    /// The name of the class, or `nil` for images without labels.
    package let title: String?
    /// The indices of the images that are shown, in order.
    package let indices: [Int]
  }

  package let groups: [Group]
  /// A description of what was omitted, or `nil` if all images are shown.
  package let footer: String?

  /// Selects images in the order of classes and indices. The time hardly depends on the size of the
  /// plan.
  ///
  /// - Parameters:
  ///   - counts: the number of images of each label; empty if there are no labels.
  ///   - maximumGroups: the number of classes that fit, at least 1.
  ///   - maximumImages: the number of images of each class that fit, at least 1.
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

  /// Returns the first images of each label, in the given numbers. The search ends with the last of
  /// them.
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
