import Wording

/// The positions of everything on the sheet of a comparison, in pixels.
struct ComparisonLayout {
  /// The longer side of the images.
  let cell: Int
  /// The numbers of letters of class names and of source names that there is room for.
  let titleCells: Int
  let headCells: Int
  let lineHeight: Int

  private let comparison: Comparison
  private let letterWidth: Int
  private let columnWidth: Int

  private static let margin = 12
  private static let gap = 4
  /// The space between sources.
  private static let columnGap = 20
  private static let (longestTitle, shortestHead) = (24, 16)
  /// The largest sheet. Programs that show pictures get slow with larger ones.
  private static let largestArea = 24_000_000
  private static let largestSide = 16_000

  init(_ comparison: Comparison, cell: Int, font: BitmapFont?) {
    self.comparison = comparison
    self.cell = cell
    letterWidth = font?.cellWidth ?? 0
    lineHeight = font.map { $0.cellHeight + Self.gap / 2 } ?? 0
    let titles = comparison.rows.map { font?.cellCount(of: $0.title) ?? 0 }
    titleCells = min(titles.max() ?? 0, Self.longestTitle)
    let images = comparison.lineLength * (cell + Self.gap) - Self.gap
    columnWidth = max(images, Self.shortestHead * letterWidth)
    headCells = letterWidth > 0 ? columnWidth / letterWidth : 0
  }

  // MARK: - Sizes

  private var titleWidth: Int { titleCells > 0 ? titleCells * letterWidth + Self.margin : 0 }
  private var headHeight: Int { 2 * lineHeight + Self.gap }
  private var rowHeight: Int {
    comparison.lineCount * (cell + Self.gap) + (comparison.lineCount > 1 ? Self.margin : 0)
  }

  var width: Int {
    let columns = comparison.sources.count * (columnWidth + Self.columnGap) - Self.columnGap
    let text = letterWidth * (foot(rowCount: 0).map(\.count).max() ?? 0)
    return max(titleWidth + columns, text) + 2 * Self.margin
  }

  func height(rowCount: Int) -> Int {
    2 * Self.margin + headHeight + rowCount * rowHeight + Self.gap
      + foot(rowCount: rowCount).count * lineHeight
  }

  /// The largest number of rows on a sheet, which may be 0.
  var largestRowCount: Int {
    guard width <= Self.largestSide else { return 0 }
    let largest = min(Self.largestSide, Self.largestArea / width)
    return max(0, (largest - height(rowCount: 0)) / rowHeight)
  }

  /// Returns the lines below the images: how they were matched, and what was left out.
  func foot(rowCount: Int) -> [String] {
    let count = comparison.rows.count
    return comparison.notes
      + (rowCount < count ? ["The first \(rowCount.grouped) of \(count.grouped) classes."] : [])
  }

  // MARK: - Places

  /// Returns the upper left corner of the place of an image.
  func corner(row: Int, source: Int, place: Int) -> (x: Int, y: Int) {
    let (line, column) = place.quotientAndRemainder(dividingBy: comparison.lineLength)
    return (
      headCorner(source: source, line: 0).x + column * (cell + Self.gap),
      top(of: row) + line * (cell + Self.gap)
    )
  }

  /// Returns the corner of a class name, which is vertically centred.
  func titleCorner(row: Int) -> (x: Int, y: Int) {
    let images = comparison.lineCount * (cell + Self.gap) - Self.gap
    return (Self.margin, top(of: row) + (images - lineHeight) / 2)
  }

  func headCorner(source: Int, line: Int) -> (x: Int, y: Int) {
    (
      Self.margin + titleWidth + source * (columnWidth + Self.columnGap),
      Self.margin + line * lineHeight
    )
  }

  func footCorner(rowCount: Int) -> (x: Int, y: Int) {
    (Self.margin, top(of: rowCount) + Self.gap)
  }

  private func top(of row: Int) -> Int { Self.margin + headHeight + row * rowHeight }
}
