import Diffusion
import Output

extension Latents {
  /// The images of a batch, [N, 3, H, W], as 8-bit pictures (`PixelConversion`).
  package var pictures: [RGBImage] { pictures(.truncated) }

  package func pictures(_ rounding: PixelConversion.Rounding) -> [RGBImage] {
    PixelConversion.rgb8(self, rounding).map {
      RGBImage(width: shape.width, height: shape.height, pixels: $0)
    }
  }

  /// Creates a batch of one image with values from −1 to 1, as networks take it.
  package convenience init(pixels image: RGBImage) {
    self.init(zeros: 1, .init(channels: 3, height: image.height, width: image.width))
    let count = image.width * image.height
    for pixel in 0..<count {
      for colour in 0..<3 {
        elements[colour * count + pixel] = Float(image.pixels[3 * pixel + colour]) / 127.5 - 1
      }
    }
  }
}
