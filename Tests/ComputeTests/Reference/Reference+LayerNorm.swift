import Compute

extension Reference {
  /// Returns (x − mean)/√(variance + ε) over the channels of each pixel, or x/√(mean of x² + ε) if it
  /// does not center, times `scale` plus `shift`. Without these, 1 and 0.
  static func layerNorm(
    _ x: ReferenceTensor, scale: [Float]?, shift: [Float]?, epsilon: Double, centers: Bool
  ) -> ReferenceTensor {
    let channels = x.shape.channels
    var y = x
    for first in stride(from: 0, to: x.elements.count, by: channels) {
      let pixel = x.elements[first..<first + channels]
      let mean = centers ? pixel.reduce(0, +) / Double(channels) : 0
      let variance = pixel.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(channels)
      for c in 0..<channels {
        y.elements[first + c] =
          (pixel[first + c] - mean) / (variance + epsilon).squareRoot() * Double(scale?[c] ?? 1)
          + Double(shift?[c] ?? 0)
      }
    }
    return y
  }

  /// Returns x·(1 + scale) + shift. The scales of an image begin at `scale` in its row, and the
  /// shifts at `shift`.
  static func modulated(
    _ x: ReferenceTensor, rows: ReferenceTensor, scale: Int, shift: Int
  ) -> ReferenceTensor {
    .filled(x.shape) { image, y, column, c in
      x[image, y, column, c] * (1 + rows[image, 0, 0, scale + c]) + rows[image, 0, 0, shift + c]
    }
  }
}
