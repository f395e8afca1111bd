/// One picture to judge a job by: thumbnails of its images, a row a class.
///
/// The images are read back from the folder, one at a time and only those that are shown, so that
/// memory does not grow with the job.
package enum ContactSheet {
  /// Writes the folder's `contact-sheet.png`; nothing when there are no records.
  ///
  /// - Parameter records: the images that are in the folder, in any order.
  package static func write(folder: OutputFolder, records: [ImageRecord]) throws {
    guard let first = records.map(\.index).min() else { return }
    let font = BitmapFont.bundled()
    let cell = try folder.readImage(index: first).thumbnail()
    let layout = ContactSheetLayout(
      records: records, cellWidth: cell.width, cellHeight: cell.height, font: font)
    let sheet = try draw(layout, font: font) { try folder.readImage(index: $0).thumbnail() }
    try folder.writeContactSheet(sheet.pngData(content: .drawing))
  }

  private static func draw(
    _ layout: ContactSheetLayout, font: BitmapFont?, thumbnail: (Int) throws -> RGBImage
  ) throws -> RGBImage {
    var sheet = RGBImage(width: layout.width, height: layout.height, grey: Tone.paper)
    for (number, row) in layout.selection.rows.enumerated() {
      for (column, index) in row.indices.enumerated() {
        let corner = layout.corner(row: number, column: column)
        sheet.paste(try thumbnail(index), x: corner.x, y: corner.y)
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
