/// A picture for a quick look at a job: thumbnails of its first images, by class. The layout
/// depends only on the plan.
package struct ContactSheet: Sendable {
  /// The images that are shown.
  package let indices: Set<Int>
  /// The kind of the picture. Only enlarged images have repeated pixels.
  let content: RGBImage.Content
  private let selection: ContactSheetSelection
  private let layout: ContactSheetLayout
  private let font = BitmapFont.bundled()

  /// - Parameter imageSize: the side of the images in pixels.
  package init(catalog: ImageCatalog, imageSize: Int) {
    let counts = catalog.work.labelCounts
    let longestTitle =
      counts.keys.compactMap { [font] in font?.cellCount(of: catalog.title(ofLabel: $0)) }.max()
      ?? 0
    layout = ContactSheetLayout(
      .init(
        imageSize: imageSize, classCount: counts.count,
        imageCount: counts.values.max() ?? catalog.count, longestTitle: longestTitle),
      font: font)
    selection = ContactSheetSelection(
      catalog: catalog, counts: counts, maximumGroups: layout.groupCount,
      maximumImages: layout.imageCount)
    content = layout.cell > imageSize ? .drawing : .photograph
    indices = Set(selection.groups.flatMap(\.indices))
  }

  /// Returns the thumbnail of an image, as the sheet shows it.
  package func thumbnail(of image: RGBImage) -> RGBImage {
    image.thumbnail(largest: layout.longestSide)
  }

  /// Returns the first of these names with a character that has no glyph, and is therefore drawn as
  /// a box.
  package static func undrawable(in names: [String]) -> String? {
    let names = names.filter { !$0.utf8.allSatisfy { $0 < 0x80 } }
    guard !names.isEmpty, let font = BitmapFont.bundled() else { return nil }
    return names.first { !font.canDraw($0) }
  }

  /// Draws the sheet.
  ///
  /// - Parameter thumbnail: returns the thumbnail of the image with the given index, or `nil` to
  ///   leave its place empty.
  package func draw(thumbnail: (Int) throws -> RGBImage?) rethrows -> RGBImage {
    let footer = selection.footer
    var sheet = RGBImage(
      width: layout.width(footer: footer), height: layout.height(footer: footer),
      grey: Tone.paper)
    for (number, group) in selection.groups.enumerated() {
      for (place, index) in group.indices.enumerated() {
        guard let thumbnail = try thumbnail(index) else { continue }
        let corner = layout.corner(group: number, place: place)
        sheet.paste(thumbnail, x: corner.x, y: corner.y)
      }
      if let title = group.title {
        let corner = layout.titleCorner(group: number)
        let text = font?.shortened(title, toCells: layout.titleLimit) ?? ""
        font?.draw(text, tone: Tone.title, on: &sheet, x: corner.x, y: corner.y)
      }
    }
    if let footer {
      let corner = layout.footerCorner
      font?.draw(footer, tone: Tone.footer, on: &sheet, x: corner.x, y: corner.y)
    }
    return sheet
  }

  private enum Tone {
    static let paper: UInt8 = 255
    static let title: UInt8 = 40
    static let footer: UInt8 = 110
  }
}
