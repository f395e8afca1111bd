import Compute

extension Reference {
  /// Planes [N, C, H, W] → [N, H, W, C]. `shape` is the shape of the result.
  static func pixels(fromPlanes planes: [Double], shape: Shape) -> ReferenceTensor {
    .filled(shape) { image, row, column, c in planes[planeIndex(shape, image, row, column, c)] }
  }

  /// [N, H, W, C] → planes [N, C, H, W], times `scale`.
  static func planes(fromPixels x: ReferenceTensor, scale: Double = 1) -> [Double] {
    var planes = [Double](repeating: 0, count: x.shape.count)
    _ = ReferenceTensor.filled(x.shape) { image, row, column, c in
      let element = x[image, row, column, c]
      planes[planeIndex(x.shape, image, row, column, c)] = scale * element
      return element
    }
    return planes
  }

  private static func planeIndex(
    _ shape: Shape, _ image: Int, _ row: Int, _ column: Int, _ channel: Int
  ) -> Int {
    ((image * shape.channels + channel) * shape.height + row) * shape.width + column
  }

  /// Patches [N, h, w, p·p·C] → planes [N, C, h·p, w·p].
  static func planes(
    fromPatches x: ReferenceTensor, size p: Int, channels: Int
  ) -> [Double] {
    let shape = Shape(
      batch: x.shape.batch, height: p * x.shape.height, width: p * x.shape.width,
      channels: channels)
    return planes(
      fromPixels: .filled(shape) { image, row, column, c in
        x[image, row / p, column / p, (row % p * p + column % p) * channels + c]
      })
  }
}
