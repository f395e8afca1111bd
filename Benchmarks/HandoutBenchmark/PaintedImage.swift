import Foundation
import Output

/// A picture that compresses about as well as a photograph, with slow changes of colour, edges, and
/// noise of varying strength. It is the same for the same size.
struct PaintedImage {
  private let base: RGBImage

  init(size: Int) {
    var generator = LinearCongruential(state: 1)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(size * size * 3)
    for y in 0..<size {
      for x in 0..<size {
        let (u, v) = (Double(x) / Double(size), Double(y) / Double(size))
        let disc = (u - 0.5) * (u - 0.5) + (v - 0.5) * (v - 0.5) < 0.09 ? 40.0 : 0
        let roughness = 3 + 9 * (1 + sin(9 * u) * cos(7 * v))
        // Noise that the colours of a pixel share, and noise of each colour.
        let grain = generator.nextCentred()
        for channel in 0..<3 {
          let slope = 60 * sin(3 * u + Double(channel)) + 50 * cos(4 * v - Double(channel))
          let noise = roughness * (0.8 * grain + 0.6 * generator.nextCentred())
          pixels.append(UInt8(min(max(120 + slope + disc + noise, 0), 255)))
        }
      }
    }
    base = RGBImage(width: size, height: size, pixels: pixels)
  }

  /// Returns the picture with its rows moved down by `rows`, and the last rows at the top. This is
  /// another image that takes almost no time to make.
  func moved(by rows: Int) -> RGBImage {
    let start = base.offset(x: 0, y: rows % base.height)
    let pixels = Array(base.pixels[start...] + base.pixels[..<start])
    return RGBImage(width: base.width, height: base.height, pixels: pixels)
  }
}

/// Pseudo-random numbers with a fixed seed (Knuth's MMIX constants).
private struct LinearCongruential {
  var state: UInt64

  /// Returns a number from -1 to 1. It is the mean of two, so that small values are more frequent.
  mutating func nextCentred() -> Double { next() + next() - 1 }

  /// Returns a number from 0 to 1.
  private mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 40) / Double(1 << 24)
  }
}
