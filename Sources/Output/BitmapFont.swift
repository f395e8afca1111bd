import Foundation

/// An antialiased font of equal cells for printable ASCII: DejaVu Sans Mono, drawn by
/// scripts/make-font.py.
struct BitmapFont: Sendable {
  /// Cells in rows of 16 from the space on; brightness is coverage.
  private let atlas: RGBImage
  let cellWidth: Int
  let cellHeight: Int

  private static let first = UInt8(ascii: " ")
  private static let last = UInt8(ascii: "~")
  private static let columns = 16
  private static let rows = 6

  /// The font of the package's resources, or nil where they were not installed with the program.
  ///
  /// The resources lie beside the executable. `Bundle.module` is not used because it ends the
  /// process when they do not, which a finished job must not suffer for want of lettering.
  static func bundled() -> BitmapFont? {
    let place = Bundle.main.bundleURL
      .appendingPathComponent("diffuse-mpi_Output.resources/Font/DejaVuSansMono.png")
    guard let png = try? Data(contentsOf: place),
      let atlas = try? RGBImage.decode(png: png).image
    else { return nil }
    return BitmapFont(atlas: atlas)
  }

  private init(atlas: RGBImage) {
    self.atlas = atlas
    cellWidth = atlas.width / Self.columns
    cellHeight = atlas.height / Self.rows
  }

  /// Width in pixels of a line of `count` characters.
  func width(of count: Int) -> Int {
    count * cellWidth
  }

  /// Draws one line with its upper left corner at (`x`, `y`), inside `image`; other characters
  /// than printable ASCII become question marks.
  func draw(_ text: String, tone: UInt8, on image: inout RGBImage, x: Int, y: Int) {
    for (position, character) in text.enumerated() {
      draw(character, tone: tone, on: &image, x: x + width(of: position), y: y)
    }
  }

  private func draw(
    _ character: Character, tone: UInt8, on image: inout RGBImage, x: Int, y: Int
  ) {
    let ascii = character.asciiValue ?? 0
    let code = (Self.first...Self.last).contains(ascii) ? ascii : UInt8(ascii: "?")
    let (row, column) = Int(code - Self.first).quotientAndRemainder(dividingBy: Self.columns)
    for dy in 0..<cellHeight {
      for dx in 0..<cellWidth {
        let cell = atlas.offset(x: column * cellWidth + dx, y: row * cellHeight + dy)
        image.blend(tone: tone, coverage: atlas.pixels[cell], x: x + dx, y: y + dy)
      }
    }
  }
}
