import Foundation
import Output

/// A picture that compresses about as a photograph does: slow changes of colour, edges, and noise
/// that is stronger in some places than in others. The same for the same size.
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
        // What the colours of a pixel share, and what each has of its own.
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

  /// The picture with its rows moved down by `rows`, the last ones coming in at the top: another
  /// image that costs next to nothing to make.
  func moved(by rows: Int) -> RGBImage {
    let start = base.offset(x: 0, y: rows % base.height)
    let pixels = Array(base.pixels[start...] + base.pixels[..<start])
    return RGBImage(width: base.width, height: base.height, pixels: pixels)
  }
}

/// Numbers of a fixed seed (Knuth's MMIX constants).
private struct LinearCongruential {
  var state: UInt64

  /// From -1 to 1, the mean of two, so that small values are more frequent.
  mutating func nextCentred() -> Double { next() + next() - 1 }

  /// From 0 to 1.
  private mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 40) / Double(1 << 24)
  }
}
