/// A comparison as a picture: a column for each source, and a row for each class.
///
/// Create it, draw each row, and finish it.
package struct ComparisonSheet {
  /// The number of rows that fit. The last rows of the comparison are left out.
  package let rowCount: Int
  /// The picture so far.
  package private(set) var picture: RGBImage

  private let comparison: Comparison
  private let layout: ComparisonLayout
  private let font: BitmapFont?

  /// The sheet would be too large even with a single row.
  package struct TooLarge: Error {}

  /// - Parameter cell: the longer side of the images on the sheet, in pixels.
  /// - Throws: `TooLarge`.
  package init(_ comparison: Comparison, cell: Int) throws(TooLarge) {
    let font = BitmapFont.bundled()
    let layout = ComparisonLayout(comparison, cell: cell, font: font)
    rowCount = min(comparison.rows.count, layout.largestRowCount)
    guard rowCount > 0 else { throw TooLarge() }
    self.comparison = comparison
    self.layout = layout
    self.font = font
    picture = RGBImage(
      width: layout.width, height: layout.height(rowCount: rowCount), grey: Tone.paper)
    drawHead()
    drawFoot()
  }

  /// Draws the images of a row: for each position, one for each source.
  ///
  /// - Precondition: the row is below `rowCount`.
  package mutating func draw(_ images: [[RGBImage?]], row: Int) {
    for (place, group) in images.enumerated() {
      for (source, image) in group.enumerated() {
        guard let image = image?.scaled(toSide: layout.cell) else { continue }
        let corner = layout.corner(row: row, source: source, place: place)
        picture.paste(
          image, x: corner.x + (layout.cell - image.width) / 2,
          y: corner.y + (layout.cell - image.height) / 2)
      }
    }
    let corner = layout.titleCorner(row: row)
    write(
      comparison.rows[row].title, cells: layout.titleCells, Tone.title, x: corner.x, y: corner.y)
  }

  private mutating func drawHead() {
    for (number, source) in comparison.sources.enumerated() {
      let lines = [source.name, source.sizeText(shownAt: layout.cell)]
      for (line, text) in lines.enumerated() {
        let corner = layout.headCorner(source: number, line: line)
        write(
          text, cells: layout.headCells, line == 0 ? Tone.title : Tone.note, x: corner.x,
          y: corner.y)
      }
    }
  }

  private mutating func drawFoot() {
    let corner = layout.footCorner(rowCount: rowCount)
    for (line, text) in layout.foot(rowCount: rowCount).enumerated() {
      write(text, cells: .max, Tone.note, x: corner.x, y: corner.y + line * layout.lineHeight)
    }
  }

  private mutating func write(_ text: String, cells: Int, _ tone: UInt8, x: Int, y: Int) {
    guard let font else { return }
    font.draw(font.shortened(text, toCells: cells), tone: tone, on: &picture, x: x, y: y)
  }

  private enum Tone {
    static let paper: UInt8 = 255
    static let title: UInt8 = 40
    static let note: UInt8 = 110
  }
}

extension ComparisonSource {
  /// Returns the size of the images, and how much they are enlarged or reduced, such as `64×64 at
  /// 200 %`.
  func sizeText(shownAt cell: Int) -> String {
    let (size, side) = (samples.size.text, samples.size.longerSide)
    return side == cell ? size : "\(size) at \((100 * cell + side / 2) / side) %"
  }
}
