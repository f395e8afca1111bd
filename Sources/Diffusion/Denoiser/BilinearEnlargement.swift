// The reference's unet.py, `SuperResModel.forward`: F.interpolate(low_res, mode="bilinear").

/// The bilinear enlargement of images, as torch computes it with `align_corners=False`.
package enum BilinearEnlargement {
  /// Returns images in another size. Positions are those of the centres of pixels, and positions
  /// outside the image take the value at its edge.
  ///
  /// - Parameter images: [N, C, h, w].
  /// - Returns: [N, C, H, W].
  package static func enlarge(_ images: Latents, to shape: Latents.Shape) -> Latents {
    let (from, result) = (images.shape, Latents(zeros: images.batch, shape))
    precondition(from.channels == shape.channels, "an enlargement keeps the channels")
    let rows = taps(from: from.height, to: shape.height)
    let columns = taps(from: from.width, to: shape.width)
    for plane in 0..<images.batch * shape.channels {
      let source = images.elements.baseAddress! + plane * from.height * from.width
      let target = result.elements.baseAddress! + plane * shape.height * shape.width
      for (y, row) in rows.enumerated() {
        let (above, below) = (source + row.first * from.width, source + row.second * from.width)
        for (x, column) in columns.enumerated() {
          target[y * shape.width + x] =
            row.firstWeight * column.value(above) + row.secondWeight * column.value(below)
        }
      }
    }
    return result
  }

  /// The two pixels of a row or column between which a position lies.
  private struct Tap {
    let first: Int
    let second: Int
    let firstWeight: Float
    let secondWeight: Float

    func value(_ row: UnsafePointer<Float>) -> Float {
      firstWeight * row[first] + secondWeight * row[second]
    }
  }

  private static func taps(from: Int, to: Int) -> [Tap] {
    let scale = Float(from) / Float(to)
    return (0..<to).map { index in
      let position = max(0, scale * (Float(index) + 0.5) - 0.5)
      let first = min(Int(position), from - 1)
      let weight = min(position - Float(first), 1)
      return Tap(
        first: first, second: min(first + 1, from - 1), firstWeight: 1 - weight,
        secondWeight: weight)
    }
  }
}
