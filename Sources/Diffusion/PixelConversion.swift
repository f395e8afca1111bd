import Compute

/// From x₀ to pixels, as the reference's classifier_sample.py writes them.
package enum PixelConversion {
  /// Each image of a batch as 8-bit RGB, rows from the top, three bytes a pixel.
  ///
  /// - Parameter images: [N, 3, H, W]; [−1, 1] becomes 0 through 255, what is beyond is clamped,
  ///   and fractions are cut off, not rounded.
  package static func rgb8(_ images: Tensor) -> [[UInt8]] {
    precondition(images.shape.count == 4 && images.shape[1] == 3, "not a batch of RGB images")
    let pixelCount = images.shape[2] * images.shape[3]
    return images.elements.withUnsafeBufferPointer { elements in
      (0..<images.shape[0]).map { image in
        interleaved(elements[image * 3 * pixelCount..<(image + 1) * 3 * pixelCount])
      }
    }
  }

  /// The planes [3, H·W] as [H·W, 3].
  private static func interleaved(_ planes: Slice<UnsafeBufferPointer<Float>>) -> [UInt8] {
    let pixelCount = planes.count / 3
    return [UInt8](unsafeUninitializedCapacity: planes.count) { bytes, count in
      for channel in 0..<3 {
        for pixel in 0..<pixelCount {
          bytes[3 * pixel + channel] = byte(
            planes[planes.startIndex + channel * pixelCount + pixel])
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
