/// The mean over the pixels of each image: [N, H, W, C] → [N, 1, 1, C], f32, written at `offset` of
/// the output's rows.
struct PixelMean: Operation {
  let source: Value
  let output: Value
  let offset: Int

  var summary: String { "mean over pixels" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }
}

/// Adds one vector per image, read at `offset` of its rows and multiplied by `scale`, to every
/// pixel. With 1/pixels, this is the gradient of a mean.
struct BroadcastAdd: Operation {
  /// The value that is added to, or `nil` for zero.
  let base: Value?
  /// [N, 1, 1, ≥ offset + C], f32
  let vector: Value
  let offset: Int
  let scale: Float
  let output: Value

  var summary: String { "broadcast" }
  var inputs: [Value] { [vector] + (base.map { [$0] } ?? []) }
  var outputs: [Value] { [output] }
}

/// The tokens of an attention pool: the mean of the pixels, then the pixels, each plus its
/// positional embedding (guided-diffusion's unet.py, AttentionPool2d).
///
/// [N, H, W, C] → [N, 1, H·W + 1, C], f32.
struct PoolTokens: Operation {
  let source: Value
  /// [C, H·W + 1]
  let positions: Parameter
  let output: Value

  var summary: String { "attention pool tokens" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }
}

/// The gradient of `PoolTokens`. For each pixel, it is that of its own token plus that of the mean
/// token, divided by the number of pixels.
struct PoolTokensBackward: Operation {
  let gradient: Value
  let output: Value

  var summary: String { "attention pool tokens gradient" }
  var inputs: [Value] { [gradient] }
  var outputs: [Value] { [output] }
}

/// The first token of each image, [N, 1, T, C] → [N, 1, 1, C], or its gradient, which is zero for
/// the other tokens.
struct FirstToken: Operation {
  let source: Value
  let output: Value

  var summary: String { "first token" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }
}

extension Graph {
  package func pixelMean(_ source: Value) -> Value {
    let output = value(Shape(batch: source.shape.batch, channels: source.shape.channels), .f32)
    append(PixelMean(source: source, output: output, offset: 0))
    return output
  }

  /// Returns the means over the pixels of every source, next to each other.
  package func pixelMeans(_ sources: [Value]) -> Value {
    let channels = sources.reduce(0) { $0 + $1.shape.channels }
    let output = value(Shape(batch: sources[0].shape.batch, channels: channels), .f32)
    var offset = 0
    for source in sources {
      append(PixelMean(source: source, output: output, offset: offset))
      offset += source.shape.channels
    }
    return output
  }

  /// Returns base plus the gradient of the mean over the pixels of a value of `shape`. The gradient
  /// of the mean is at `offset` of the rows of `vector`.
  package func pixelMeanBackward(
    _ vector: Value, offset: Int = 0, shape: Shape, type: ElementType, adding base: Value? = nil
  ) -> Value {
    let output = value(shape, type)
    append(
      BroadcastAdd(
        base: base, vector: vector, offset: offset, scale: 1 / Float(shape.pixels), output: output))
    return output
  }

  package func poolTokens(_ source: Value, positions: Parameter) -> Value {
    let shape = Shape(
      batch: source.shape.batch, width: source.shape.pixels + 1, channels: source.shape.channels)
    let output = value(shape, .f32)
    append(PoolTokens(source: source, positions: positions, output: output))
    return output
  }

  package func poolTokensBackward(_ gradient: Value, shape: Shape) -> Value {
    let output = value(shape, .f32)
    append(PoolTokensBackward(gradient: gradient, output: output))
    return output
  }

  package func firstToken(_ source: Value) -> Value {
    let output = value(Shape(batch: source.shape.batch, channels: source.shape.channels), .f32)
    append(FirstToken(source: source, output: output))
    return output
  }

  package func firstTokenBackward(_ gradient: Value, shape: Shape) -> Value {
    let output = value(shape, .f32)
    append(FirstToken(source: gradient, output: output))
    return output
  }
}
