/// An 8-bit RGB picture in memory.
package struct RGBImage: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// Row by row from the top, [height][width][3].
  package private(set) var pixels: [UInt8]

  /// - Precondition: `pixels` holds `width * height * 3` bytes.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width >= 0 && height >= 0 && pixels.count == width * height * 3)
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// A picture of one grey tone.
  package init(width: Int, height: Int, grey: UInt8) {
    let pixels = [UInt8](repeating: grey, count: width * height * 3)
    self.init(width: width, height: height, pixels: pixels)
  }

  /// Where the red byte of the pixel at column `x` of row `y` is in `pixels`.
  package func offset(x: Int, y: Int) -> Int {
    (y * width + x) * 3
  }

  /// Copies `image` with its upper left corner at (`x`, `y`), both ≥ 0; what would lie outside
  /// is left out.
  package mutating func paste(_ image: RGBImage, x: Int, y: Int) {
    let columns = min(image.width, width - x)
    guard columns > 0 else { return }
    for row in 0..<max(0, min(image.height, height - y)) {
      let source = image.offset(x: 0, y: row)
      let target = offset(x: x, y: y + row)
      let bytes = image.pixels[source..<source + columns * 3]
      pixels.replaceSubrange(target..<target + columns * 3, with: bytes)
    }
  }

  /// Moves the pixel at (`x`, `y`) towards the grey `tone`: by nothing at coverage 0, all the way
  /// at 255.
  package mutating func blend(tone: UInt8, coverage: UInt8, x: Int, y: Int) {
    let start = offset(x: x, y: y)
    for byte in start..<start + 3 {
      let mixed = Int(pixels[byte]) * (255 - Int(coverage)) + Int(tone) * Int(coverage)
      pixels[byte] = UInt8((mixed + 127) / 255)
    }
  }
}
