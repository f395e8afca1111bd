/// An 8-bit RGB picture in memory.
package struct RGBImage: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// The pixels row by row from the top, [height][width][3].
  package private(set) var pixels: [UInt8]

  /// - Precondition: `pixels` holds `width * height * 3` bytes.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width >= 0 && height >= 0 && pixels.count == width * height * 3)
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Creates a picture of a single grey tone.
  package init(width: Int, height: Int, grey: UInt8) {
    let pixels = [UInt8](repeating: grey, count: width * height * 3)
    self.init(width: width, height: height, pixels: pixels)
  }

  /// Returns the offset in `pixels` of the red byte of the pixel at column `x` of row `y`.
  package func offset(x: Int, y: Int) -> Int {
    (y * width + x) * 3
  }

  /// Copies `image` with its upper left corner at (`x`, `y`), both ≥ 0. Pixels outside the picture
  /// are omitted.
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

  /// Blends the pixel at (`x`, `y`) with the grey `tone`. Coverage 0 leaves it unchanged, and
  /// coverage 255 replaces it.
  package mutating func blend(tone: UInt8, coverage: UInt8, x: Int, y: Int) {
    let start = offset(x: x, y: y)
    for byte in start..<start + 3 {
      let mixed = Int(pixels[byte]) * (255 - Int(coverage)) + Int(tone) * Int(coverage)
      pixels[byte] = UInt8((mixed + 127) / 255)
    }
  }
}

extension RGBImage {
  /// Creates a picture from grey tones, [height][width].
  init(width: Int, height: Int, greys: some Collection<UInt8>) {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(greys.count * 3)
    for grey in greys { pixels.append(contentsOf: repeatElement(grey, count: 3)) }
    self.init(width: width, height: height, pixels: pixels)
  }

  /// The luma of each pixel, [height][width]. Uses the ITU-R 601 weights in 65536ths, with
  /// rounding. The result is bit-identical to Pillow's `convert("L")` (L24 in its Convert.c).
  var luma: [UInt8] {
    stride(from: 0, to: pixels.count, by: 3).map { place in
      var sum: UInt32 = 0x8000
      sum += 19595 * UInt32(pixels[place])
      sum += 38470 * UInt32(pixels[place + 1])
      sum += 7471 * UInt32(pixels[place + 2])
      return UInt8(sum >> 16)
    }
  }
}
