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
}
