/// One picture to judge a job by: thumbnails of its first images, a row a class. What is where
/// follows from the plan alone.
package struct ContactSheet: Sendable {
  /// The images that are shown.
  package let indices: Set<Int>
  /// What it looks like: only enlarged pixels are the same as those beside them.
  let content: RGBImage.Content
  private let layout: ContactSheetLayout
  private let font = BitmapFont.bundled()

  /// - Parameter imageSize: the images' side in pixels.
  package init(catalog: ImageCatalog, imageSize: Int) {
    let cell = RGBImage(width: imageSize, height: imageSize, grey: Tone.paper).thumbnail()
    content = cell.width > imageSize ? .drawing : .photograph
    layout = ContactSheetLayout(
      catalog: catalog, cellWidth: cell.width, cellHeight: cell.height, font: font)
    indices = Set(layout.selection.rows.flatMap(\.indices))
  }

  /// The first of these names that has a character without a shape; such characters become boxes.
  package static func undrawable(in names: [String]) -> String? {
    guard let font = BitmapFont.bundled() else { return nil }
    return names.first { !font.canDraw($0) }
  }

  /// Draws it.
  ///
  /// - Parameter thumbnail: of the image with this index, or nil to leave its place empty.
  package func draw(thumbnail: (Int) throws -> RGBImage?) rethrows -> RGBImage {
    var sheet = RGBImage(width: layout.width, height: layout.height, grey: Tone.paper)
    for (number, row) in layout.selection.rows.enumerated() {
      for (column, index) in row.indices.enumerated() {
        guard let thumbnail = try thumbnail(index) else { continue }
        let corner = layout.corner(row: number, column: column)
        sheet.paste(thumbnail, x: corner.x, y: corner.y)
      }
    }
    guard let font else { return sheet }
    for text in layout.texts(font: font) {
      let tone = text.isFooter ? Tone.footer : Tone.title
      font.draw(text.line, tone: tone, on: &sheet, x: text.x, y: text.y)
    }
    return sheet
  }

  private enum Tone {
    static let paper: UInt8 = 255
    static let title: UInt8 = 40
    static let footer: UInt8 = 110
  }
}
