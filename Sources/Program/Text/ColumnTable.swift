import Foundation

/// A table whose columns are as wide as their longest cell.
package struct ColumnTable {
  private let rows: [[String]]

  private static let gap = 2

  /// - Parameter rows: rows with equally many cells, the most important ones first.
  package init(_ rows: [[String]]) {
    self.rows = rows
  }

  /// Returns one line for each row. Columns that do not fit into the width are left out, the last
  /// ones first. The first column is always there.
  package func lines(fitting width: Int) -> [String] {
    var widths = (0..<(rows.first?.count ?? 0)).map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    while widths.count > 1, widths.reduce(0, +) + Self.gap * (widths.count - 1) > width {
      widths.removeLast()
    }
    return rows.map { row in
      let cells = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count + Self.gap)
      }
      return cells.joined().trimmingSuffix(" ")
    }
  }
}

extension String {
  fileprivate func trimmingSuffix(_ character: Character) -> String {
    String(self[..<(lastIndex { $0 != character }.map(index(after:)) ?? startIndex)])
  }
}
