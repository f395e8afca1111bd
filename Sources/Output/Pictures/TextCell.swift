import Foundation

/// A character of a line, with the marks above and below it that share its cell.
struct TextCell {
  /// The character, then its marks.
  private(set) var scalars: [Unicode.Scalar]

  /// Returns the cells of a line from left to right.
  ///
  /// Right-to-left text is put in visual order. Arabic letters are not joined.
  static func cells(of text: String) -> [TextCell] {
    var cells: [TextCell] = []
    for scalar in text.precomposedStringWithCanonicalMapping.unicodeScalars {
      switch scalar.properties.generalCategory {
      // Joiners, variation selectors and similar characters have no glyph of their own.
      case .format: continue
      case .nonspacingMark, .enclosingMark:
        if scalar.properties.isVariationSelector || cells.isEmpty { continue }
        cells[cells.count - 1].scalars.append(scalar)
      default: cells.append(TextCell(scalars: [scalar]))
      }
    }
    return cells.contains(where: \.isRightToLeft) ? inVisualOrder(cells) : cells
  }

  /// Reverses the right-to-left runs. If the line begins with one, the order of the runs is
  /// reversed too.
  private static func inVisualOrder(_ cells: [TextCell]) -> [TextCell] {
    var runs: [(isRightToLeft: Bool, cells: [TextCell])] = []
    for cell in cells {
      let isRightToLeft = cell.isRightToLeft || cell.isNeutral && runs.last?.isRightToLeft == true
      if runs.last?.isRightToLeft == isRightToLeft {
        runs[runs.count - 1].cells.append(cell)
      } else {
        // In a left-to-right line, the characters that separate runs keep their position.
        var separators: [TextCell] = []
        while runs.first?.isRightToLeft == false, let last = runs.last?.cells.last, last.isNeutral,
          runs[runs.count - 1].isRightToLeft
        {
          separators.insert(runs[runs.count - 1].cells.removeLast(), at: 0)
        }
        runs.append((isRightToLeft, separators + [cell]))
      }
    }
    let ordered = runs[0].isRightToLeft ? runs.reversed() : runs
    return ordered.flatMap { $0.isRightToLeft ? $0.cells.reversed() : $0.cells }
  }

  /// Hebrew, Arabic, Syriac, Thaana, N'Ko and their presentation forms.
  private var isRightToLeft: Bool {
    let ranges: [ClosedRange<UInt32>] = [0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFC]
    return !isNeutral && ranges.contains { $0.contains(scalars[0].value) }
  }

  private var isNeutral: Bool {
    !scalars[0].properties.isAlphabetic && scalars[0].properties.numericType == nil
  }
}
