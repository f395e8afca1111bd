/// From x₀ to pixels, as the reference's classifier_sample.py writes them.
package enum PixelConversion {
  /// The colours of a pixel.
  private static let colours = 3

  /// Each image of a batch as 8-bit RGB, rows from the top, three bytes a pixel.
  ///
  /// - Parameter images: [N, 3, H, W]. [−1, 1] becomes 0 through 255; values beyond are clamped,
  ///   and fractions are cut off, not rounded.
  package static func rgb8(_ images: Latents) -> [[UInt8]] {
    precondition(images.shape.channels == colours, "not a batch of RGB images")
    return (0..<images.batch).map { interleaved(images[$0]) }
  }

  /// The planes [3, H·W] as [H·W, 3].
  private static func interleaved(_ planes: UnsafeMutableBufferPointer<Float>) -> [UInt8] {
    let pixelCount = planes.count / colours
    return [UInt8](unsafeUninitializedCapacity: planes.count) { bytes, count in
      for colour in 0..<colours {
        for pixel in 0..<pixelCount {
          bytes[colours * pixel + colour] = byte(planes[colour * pixelCount + pixel])
        }
      }
      count = planes.count
    }
  }

  private static func byte(_ value: Float) -> UInt8 {
    let scaled = (value + 1) * 127.5
    // NaN fails the first comparison and becomes 0.
    return scaled > 0 ? UInt8(scaled < 255 ? scaled : 255) : 0
  }
}
