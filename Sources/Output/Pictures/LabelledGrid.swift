/// A picture of images in rows and columns, with lines of text above each column and a title in
/// front of each row.
package struct LabelledGrid {
  /// A row of images, one for each column. A missing image leaves its place empty.
  package struct Row {
    let title: String
    let images: [RGBImage?]

    package init(title: String, images: [RGBImage?]) {
      self.title = title
      self.images = images
    }
  }

  private let columns: [[String]]
  private let rows: [Row]

  private static let gap = 8
  /// Larger images are reduced to this side.
  private static let largestSide = 256

  /// - Parameter columns: the lines of text above each column.
  package init(columns: [[String]], rows: [Row]) {
    self.columns = columns
    self.rows = rows
  }

  /// Draws the grid. Small images are enlarged by whole pixels.
  package func draw() -> RGBImage {
    let font = BitmapFont.bundled()
    let pictures = rows.map { row in
      row.images.map { $0?.thumbnail(largest: Self.largestSide) }
    }
    let texts = columns.joined().map { font?.width(of: $0) ?? 0 }
    let shown = pictures.joined().compactMap(\.self)
    let cell = max(shown.map(\.width).max() ?? 0, texts.max() ?? 0) + Self.gap
    let rowHeight = (shown.map(\.height).max() ?? 0) + Self.gap
    let lineHeight = font?.cellHeight ?? 0
    let header = (columns.map(\.count).max() ?? 0) * lineHeight + 2 * Self.gap
    let margin = (rows.map { font?.width(of: $0.title) ?? 0 }.max() ?? 0) + 2 * Self.gap

    var sheet = RGBImage(
      width: margin + columns.count * cell, height: header + rows.count * rowHeight, grey: 255)
    for (column, lines) in columns.enumerated() {
      for (line, text) in lines.enumerated() {
        font?.draw(
          text, tone: 60, on: &sheet, x: margin + column * cell,
          y: Self.gap + line * lineHeight)
      }
    }
    for (row, images) in pictures.enumerated() {
      let y = header + row * rowHeight
      font?.draw(
        rows[row].title, tone: 40, on: &sheet, x: Self.gap,
        y: y + (rowHeight - Self.gap - lineHeight) / 2)
      for (column, image) in images.enumerated() {
        guard let image else { continue }
        sheet.paste(image, x: margin + column * cell, y: y)
      }
    }
    return sheet
  }
}
