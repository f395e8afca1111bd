import Job

/// Which of a job's images a contact sheet shows, and where: a row a class, or a plain grid when
/// the images have no labels.
package struct ContactSheetSelection: Sendable, Equatable {
  /// One row of the sheet.
  package struct Row: Sendable, Equatable {
    /// The class's name, nil in a plain grid.
    package let title: String?
    /// Indices of the images shown, from left to right.
    package let indices: [Int]
  }

  package let rows: [Row]
  /// What was left out, or nil when all images are shown.
  package let footer: String?

  /// Images beside each other at most.
  private static let maximumColumns = 16

  /// Chooses in the order of classes and indices, in a time that hardly grows with the plan.
  ///
  /// - Parameter maximumRows: rows there is room for, at least 1.
  package init(catalog: ImageCatalog, maximumRows: Int) {
    let counts = catalog.plan.labelCounts
    if counts.isEmpty {
      self.init(unlabelled: catalog.count, maximumRows: maximumRows)
    } else {
      self.init(labelled: catalog, counts: counts, maximumRows: maximumRows)
    }
  }

  private init(labelled catalog: ImageCatalog, counts: [Int: Int], maximumRows: Int) {
    let shown = counts.keys.sorted().prefix(maximumRows)
    let indices = Self.firstIndices(
      of: shown.map { ($0, min(counts[$0]!, Self.maximumColumns)) }, in: catalog.plan)
    rows = shown.map { label in
      let indices = indices[label]!
      return Row(
        title: catalog.record(indices[0]).className ?? "class \(label)", indices: indices)
    }
    var left: [String] = []
    if counts.count > maximumRows {
      left.append("first \(maximumRows) of \(counts.count) classes")
    }
    if let most = counts.values.max(), most > Self.maximumColumns {
      let uneven = counts.values.contains { $0 != most } ? "up to " : ""
      left.append("first \(Self.maximumColumns) of \(uneven)\(most) images each")
    }
    footer = left.isEmpty ? nil : left.joined(separator: ", ")
  }

  /// The first images of each label, as many as wanted; looks no further than the last of them.
  private static func firstIndices(
    of wanted: [(label: Int, count: Int)], in plan: ImagePlan
  ) -> [Int: [Int]] {
    let limits = Dictionary(uniqueKeysWithValues: wanted.map { ($0.label, $0.count) })
    var found = limits.mapValues { _ in [Int]() }
    var missing = limits.values.reduce(0, +)
    for index in 0..<plan.count where missing > 0 {
      guard let label = plan[index].label, let limit = limits[label], found[label]!.count < limit
      else { continue }
      found[label]!.append(index)
      missing -= 1
    }
    return found
  }

  private init(unlabelled count: Int, maximumRows: Int) {
    let square = Int(Double(count).squareRoot().rounded(.up))
    let columns = max(1, min(square, Self.maximumColumns))
    let shown = min(count, columns * maximumRows)
    rows = stride(from: 0, to: shown, by: columns).map { start in
      Row(title: nil, indices: Array(start..<min(start + columns, shown)))
    }
    footer = shown < count ? "first \(shown) of \(count) images" : nil
  }
}
