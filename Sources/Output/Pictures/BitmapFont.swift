import Foundation

/// A monospaced font: DejaVu Sans Mono, antialiased, for Latin, Greek and Cyrillic, and GNU Unifont
/// for everything else in the Basic Multilingual Plane. scripts/make-font.py draws both.
struct BitmapFont: Sendable {
  /// The cells in rows of 16, in the order of `ranges`. Brightness is coverage.
  private let atlas: RGBImage
  private let unifont: Unifont?
  let cellWidth: Int
  let cellHeight: Int

  /// The characters of the atlas. scripts/make-font.py has the same list.
  private static let ranges: [ClosedRange<UInt32>] = [
    0x20...0x7E, 0xA0...0x17F, 0x384...0x38A, 0x38C...0x38C, 0x38E...0x3A1, 0x3A3...0x3CE,
    0x400...0x45F, 0x490...0x49B, 0x2010...0x2026,
  ]
  private static let columns = 16
  private static let rows = (ranges.map(\.count).reduce(0, +) + columns - 1) / columns

  /// Returns the font from the package's resources, or `nil` if they were not installed with the
  /// program.
  ///
  /// The resources are next to the executable. `Bundle.module` is not used because it ends the
  /// process if they are missing, and a missing font must not fail a finished job.
  static func bundled() -> BitmapFont? {
    let folder = Bundle.main.bundleURL.appendingPathComponent("diffuse-mpi_Output.resources/Font")
    guard let png = try? Data(contentsOf: folder.appendingPathComponent("DejaVuSansMono.png")),
      let atlas = try? RGBImage.decode(png: png).image
    else { return nil }
    return BitmapFont(
      atlas: atlas, unifont: Unifont(folder.appendingPathComponent("Unifont.glyphs")))
  }

  private init(atlas: RGBImage, unifont: Unifont?) {
    self.atlas = atlas
    self.unifont = unifont
    cellWidth = atlas.width / Self.columns
    cellHeight = atlas.height / Self.rows
  }

  /// Returns the width of `count` cells in pixels.
  func width(of count: Int) -> Int {
    count * cellWidth
  }

  /// Returns the width of a line in pixels.
  func width(of text: String) -> Int {
    width(of: cellCount(of: text))
  }

  /// Returns the line, or as much of its beginning as fits into `limit` cells with an ellipsis.
  func shortened(_ text: String, toCells limit: Int) -> String {
    guard cellCount(of: text) > limit else { return text }
    var kept = ""
    for character in text {
      guard cellCount(of: kept + [character]) < limit else { break }
      kept.append(character)
    }
    return kept + "…"
  }

  /// Returns whether the font has all characters of a text. Other characters are drawn as a box.
  func canDraw(_ text: String) -> Bool {
    TextCell.cells(of: text).allSatisfy { cell in
      cell.scalars.allSatisfy { place(of: $0) != nil || unifont?[$0] != nil }
    }
  }

  /// Draws one line with its upper left corner at (`x`, `y`). It must be inside `image`.
  func draw(_ text: String, tone: UInt8, on image: inout RGBImage, x: Int, y: Int) {
    var x = x
    for cell in TextCell.cells(of: text) {
      for scalar in cell.scalars { draw(scalar, tone: tone, on: &image, x: x, y: y) }
      x += width(of: cellCount(of: cell))
    }
  }

  /// Returns the number of cells that a line occupies.
  func cellCount(of text: String) -> Int {
    TextCell.cells(of: text).reduce(0) { $0 + cellCount(of: $1) }
  }

  private func cellCount(of cell: TextCell) -> Int {
    place(of: cell.scalars[0]) == nil ? glyph(of: cell.scalars[0])?.cells ?? 1 : 1
  }

  /// Returns the position of a character in the atlas.
  private func place(of scalar: Unicode.Scalar) -> Int? {
    var start = 0
    for range in Self.ranges {
      if range.contains(scalar.value) { return start + Int(scalar.value - range.lowerBound) }
      start += range.count
    }
    return nil
  }

  private func glyph(of scalar: Unicode.Scalar) -> Unifont.Glyph? {
    unifont?[scalar] ?? unifont?["\u{FFFD}"]
  }

  private func draw(
    _ scalar: Unicode.Scalar, tone: UInt8, on image: inout RGBImage, x: Int, y: Int
  ) {
    if let place = place(of: scalar) {
      return drawCell(place, tone: tone, on: &image, x: x, y: y)
    }
    guard let glyph = glyph(of: scalar) else {
      return draw("?", tone: tone, on: &image, x: x, y: y)
    }
    let left = x + (width(of: glyph.cells) - glyph.width) / 2
    let top = y + (cellHeight - Unifont.height) / 2
    for (row, column) in glyph.pixels {
      image.blend(tone: tone, coverage: 255, x: left + column, y: top + row)
    }
  }

  private func drawCell(_ place: Int, tone: UInt8, on image: inout RGBImage, x: Int, y: Int) {
    let (row, column) = place.quotientAndRemainder(dividingBy: Self.columns)
    for dy in 0..<cellHeight {
      for dx in 0..<cellWidth {
        let cell = atlas.offset(x: column * cellWidth + dx, y: row * cellHeight + dy)
        image.blend(tone: tone, coverage: atlas.pixels[cell], x: x + dx, y: y + dy)
      }
    }
  }
}
