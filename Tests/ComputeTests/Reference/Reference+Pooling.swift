import Compute

extension Reference {
  /// The mean over the pixels of each image: [N, H, W, C] → [N, 1, 1, C].
  static func pixelMean(_ x: ReferenceTensor) -> ReferenceTensor {
    let shape = x.shape
    return .filled(Shape(batch: shape.batch, channels: shape.channels)) { image, _, _, c in
      let sum = (0..<shape.pixels).reduce(0) {
        $0 + x.elements[(image * shape.pixels + $1) * shape.channels + c]
      }
      return sum / Double(shape.pixels)
    }
  }

  /// ∂/∂x of `pixelMean(x)` for x of shape `shape`. The gradient starts at `offset` of its rows.
  static func pixelMeanBackward(
    _ dy: ReferenceTensor, offset: Int = 0, shape: Shape
  ) -> ReferenceTensor {
    .filled(shape) { image, _, _, c in dy[image, 0, 0, offset + c] / Double(shape.pixels) }
  }

  /// The mean of the pixels, followed by the pixels, each plus the embedding of its position. The
  /// shape of `positions` is [C, H·W + 1] (guided-diffusion's unet.py, AttentionPool2d).
  static func poolTokens(_ x: ReferenceTensor, positions: Tensor) -> ReferenceTensor {
    let mean = pixelMean(x)
    let tokens = x.shape.pixels + 1
    let shape = Shape(batch: x.shape.batch, width: tokens, channels: x.shape.channels)
    return .filled(shape) { image, _, token, c in
      let position = Double(positions.elements[c * tokens + token])
      if token == 0 { return mean[image, 0, 0, c] + position }
      return x[image, (token - 1) / x.shape.width, (token - 1) % x.shape.width, c] + position
    }
  }

  /// ∂/∂x of `poolTokens(x)` for x of shape `shape`.
  static func poolTokensBackward(_ dy: ReferenceTensor, shape: Shape) -> ReferenceTensor {
    .filled(shape) { image, row, column, c in
      dy[image, 0, 1 + row * shape.width + column, c]
        + dy[image, 0, 0, c] / Double(shape.pixels)
    }
  }

  /// [N, 1, T, C] → [N, 1, 1, C]
  static func firstToken(_ x: ReferenceTensor) -> ReferenceTensor {
    .filled(Shape(batch: x.shape.batch, channels: x.shape.channels)) { image, _, _, c in
      x[image, 0, 0, c]
    }
  }

  /// ∂/∂x of `firstToken(x)` for x of shape `shape`.
  static func firstTokenBackward(_ dy: ReferenceTensor, shape: Shape) -> ReferenceTensor {
    .filled(shape) { image, _, token, c in token == 0 ? dy[image, 0, 0, c] : 0 }
  }
}
