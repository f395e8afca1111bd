/// The conversion from x₀ to pixels, as in the sampling scripts of each family of models.
package enum PixelConversion {
  /// The rule for the byte of a value.
  package enum Rounding: String, Sendable, Codable, CaseIterable {
    /// (x + 1)·127.5 without its fraction, as in guided-diffusion, latent diffusion and REPA.
    case truncated
    /// 127.5·x + 128 without its fraction, as in DiT, SiT and LightningDiT. This rounds 127.5·x +
    /// 127.5.
    case rounded
  }

  /// The colours of a pixel.
  private static let colours = 3

  /// Returns each image of a batch as 8-bit RGB, with rows from the top and three bytes per pixel.
  ///
  /// The range [−1, 1] becomes 0 through 255. Values outside it are clamped, and NaN becomes 0.
  ///
  /// - Parameter images: [N, 3, H, W].
  package static func rgb8(_ images: Latents, _ rounding: Rounding = .truncated) -> [[UInt8]] {
    precondition(images.shape.channels == colours, "not a batch of RGB images")
    return (0..<images.batch).map { image in
      switch rounding {
      case .truncated: interleaved(images[image]) { ($0 + 1) * 127.5 }
      case .rounded: interleaved(images[image]) { 127.5 * $0 + 128 }
      }
    }
  }

  /// Returns 8-bit RGB images as a batch that networks take: 0 through 255 become [−1, 1], as in the
  /// reference's super_res_sample.py.
  ///
  /// - Parameter images: one or more images of `side`×`side` pixels, as `rgb8` returns them.
  /// - Returns: [N, 3, side, side].
  package static func latents(rgb8 images: [[UInt8]], side: Int) -> Latents {
    let shape = Latents.Shape(channels: colours, height: side, width: side)
    let result = Latents(zeros: images.count, shape)
    for (image, bytes) in images.enumerated() {
      precondition(bytes.count == shape.count, "not an RGB image of this size")
      let (planes, pixelCount) = (result[image], side * side)
      for colour in 0..<colours {
        for pixel in 0..<pixelCount {
          planes[colour * pixelCount + pixel] = Float(bytes[colours * pixel + colour]) / 127.5 - 1
        }
      }
    }
    return result
  }

  /// Converts planes [3, H·W] to [H·W, 3].
  private static func interleaved(
    _ planes: UnsafeMutableBufferPointer<Float>, _ scaled: (Float) -> Float
  ) -> [UInt8] {
    let pixelCount = planes.count / colours
    return [UInt8](unsafeUninitializedCapacity: planes.count) { bytes, count in
      for colour in 0..<colours {
        for pixel in 0..<pixelCount {
          bytes[colours * pixel + colour] = byte(scaled(planes[colour * pixelCount + pixel]))
        }
      }
      count = planes.count
    }
  }

  private static func byte(_ scaled: Float) -> UInt8 {
    // For NaN the first comparison is false, and the result is 0.
    return scaled > 0 ? UInt8(scaled < 255 ? scaled : 255) : 0
  }
}
