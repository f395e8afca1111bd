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

  /// Chooses in the order of classes and indices.
  ///
  /// - Parameter maximumRows: rows there is room for, at least 1.
  package init(records: [ImageRecord], maximumRows: Int) {
    let sorted = records.sorted { $0.index < $1.index }
    if !sorted.isEmpty && sorted.allSatisfy({ $0.label != nil }) {
      self.init(labelled: sorted, maximumRows: maximumRows)
    } else {
      self.init(unlabelled: sorted.map(\.index), maximumRows: maximumRows)
    }
  }

  private init(labelled records: [ImageRecord], maximumRows: Int) {
    let classes = Dictionary(grouping: records) { $0.label ?? 0 }.sorted { $0.key < $1.key }
    rows = classes.prefix(maximumRows).map { label, records in
      Row(
        title: records[0].className ?? "class \(label)",
        indices: records.prefix(Self.maximumColumns).map(\.index))
    }
    var left: [String] = []
    if classes.count > maximumRows {
      left.append("first \(maximumRows) of \(classes.count) classes")
    }
    let counts = classes.map(\.value.count)
    if let most = counts.max(), most > Self.maximumColumns {
      let uneven = counts.contains { $0 != most } ? "up to " : ""
      left.append("first \(Self.maximumColumns) of \(uneven)\(most) images each")
    }
    footer = left.isEmpty ? nil : left.joined(separator: ", ")
  }

  private init(unlabelled indices: [Int], maximumRows: Int) {
    let square = Int(Double(indices.count).squareRoot().rounded(.up))
    let columns = max(1, min(square, Self.maximumColumns))
    let shown = indices.prefix(columns * maximumRows)
    rows = stride(from: 0, to: shown.count, by: columns).map { start in
      Row(title: nil, indices: Array(shown[start..<min(start + columns, shown.count)]))
    }
    footer = shown.count < indices.count ? "first \(shown.count) of \(indices.count) images" : nil
  }
}
