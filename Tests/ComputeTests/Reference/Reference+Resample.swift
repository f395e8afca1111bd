import Compute

extension Reference {
  /// Nearest-neighbour upsampling by two, times `scale`.
  static func upsampled(_ x: ReferenceTensor, scale: Double = 1) -> ReferenceTensor {
    var shape = x.shape
    (shape.height, shape.width) = (2 * shape.height, 2 * shape.width)
    return .filled(shape) { image, row, column, c in scale * x[image, row / 2, column / 2, c] }
  }

  /// The mean of 2×2 pixels. A last odd row or column is ignored.
  static func downsampled(_ x: ReferenceTensor) -> ReferenceTensor {
    var shape = x.shape
    (shape.height, shape.width) = (shape.height / 2, shape.width / 2)
    return .filled(shape) { image, row, column, c in
      let (top, left) = (2 * row, 2 * column)
      return
        (x[image, top, left, c] + x[image, top, left + 1, c] + x[image, top + 1, left, c]
        + x[image, top + 1, left + 1, c]) / 4
    }
  }

  /// ∂/∂x of `downsampled(x)` for x of shape `shape`.
  static func downsampledBackward(
    _ dy: ReferenceTensor, shape: Shape
  ) -> ReferenceTensor {
    .filled(shape) { image, row, column, c in
      row / 2 < dy.shape.height && column / 2 < dy.shape.width
        ? dy[image, row / 2, column / 2, c] / 4 : 0
    }
  }

  static func resampled(_ x: ReferenceTensor, _ resampling: Resampling) -> ReferenceTensor {
    switch resampling {
    case .none: x
    case .up: upsampled(x)
    case .down: downsampled(x)
    }
  }
}
