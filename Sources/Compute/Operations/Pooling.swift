import CKernels

/// The mean over the pixels of each image: [N, H, W, C] → [N, 1, 1, C], f32, written at `offset` of
/// the output's rows.
struct PixelMean: Operation {
  let source: Value
  let output: Value
  let offset: Int

  var label: String { "mean over pixels" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
    let (from, to) = (context.pointer(source), context.floats(output))
    let (shape, type, pitch, offset) = (source.shape, source.type, output.shape.channels, offset)
    return {
      parallel(shape.batch) { image in
        dmpi_pixel_mean(
          to + image * pitch + offset,
          from + image * shape.pixels * shape.channels * type.byteCount, type.kernelElement,
          Int64(shape.pixels), Int64(shape.channels))
      }
    }
  }
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

  var label: String { "broadcast" }
  var inputs: [Value] { [vector] + (base.map { [$0] } ?? []) }
  var outputs: [Value] { [output] }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
    let (from, to) = (base.map(context.pointer), context.pointer(output))
    let vectors = context.floats(vector) + offset
    let (shape, type, scale, pitch) = (output.shape, output.type, scale, vector.shape.channels)
    let imageBytes = shape.pixels * shape.channels * type.byteCount
    return {
      parallel(shape.batch) { image in
        dmpi_broadcast_add(
          to + image * imageBytes, type.kernelElement, from.map { $0 + image * imageBytes },
          vectors + image * pitch, scale, Int64(shape.pixels), Int64(shape.channels))
      }
    }
  }
}

/// max(x, 0) of f32 vectors, or its gradient.
struct Rectifier: Operation {
  let source: Value
  /// The incoming gradient, if the operation is a gradient. It is passed on where `source` is
  /// positive.
  let gradient: Value?
  let output: Value

  var label: String { "ReLU" }
  var inputs: [Value] { [source] + (gradient.map { [$0] } ?? []) }
  var outputs: [Value] { [output] }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
    let (x, y) = (context.floats(source), context.floats(output))
    let dy = gradient.map(context.floats)
    let count = source.shape.count
    return {
      for i in 0..<count { y[i] = x[i] > 0 ? (dy?[i] ?? x[i]) : 0 }
    }
  }
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

  var label: String { "attention pool tokens" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
    let positions = try context.floats(positions)
    let (x, y) = (context.floats(source), context.floats(output))
    let (batch, pixels, channels) = (
      source.shape.batch, source.shape.pixels, source.shape.channels
    )
    return {
      parallel(batch) { image in
        let from = x + image * pixels * channels
        let to = y + image * (pixels + 1) * channels
        dmpi_pixel_mean(to, from, DMPI_ELEMENT_F32, Int64(pixels), Int64(channels))
        (to + channels).update(from: from, count: pixels * channels)
        for token in 0...pixels {
          for c in 0..<channels {
            to[token * channels + c] += positions[c * (pixels + 1) + token]
          }
        }
      }
    }
  }
}

/// The gradient of `PoolTokens`. For each pixel, it is that of its own token plus that of the mean
/// token, divided by the number of pixels.
struct PoolTokensBackward: Operation {
  let gradient: Value
  let output: Value

  var label: String { "attention pool tokens gradient" }
  var inputs: [Value] { [gradient] }
  var outputs: [Value] { [output] }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
    let (dy, dx) = (context.floats(gradient), context.floats(output))
    let (batch, pixels, channels) = (
      output.shape.batch, output.shape.pixels, output.shape.channels
    )
    return {
      parallel(batch) { image in
        let mean = dy + image * (pixels + 1) * channels
        dmpi_broadcast_add(
          dx + image * pixels * channels, DMPI_ELEMENT_F32, mean + channels, mean,
          1 / Float(pixels), Int64(pixels), Int64(channels))
      }
    }
  }
}

/// The first token of each image, [N, 1, T, C] → [N, 1, 1, C], or its gradient, which is zero for
/// the other tokens.
struct FirstToken: Operation {
  let source: Value
  let output: Value

  var label: String { "first token" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
    let (from, to) = (context.floats(source), context.floats(output))
    let (channels, batch) = (source.shape.channels, source.shape.batch)
    let (fromPitch, toPitch) = (source.shape.pixels * channels, output.shape.pixels * channels)
    return {
      for image in 0..<batch {
        let row = to + image * toPitch
        row.update(from: from + image * fromPitch, count: channels)
        (row + channels).update(repeating: 0, count: toPitch - channels)
      }
    }
  }
}

/// ∂/∂logits of Σ log softmax(logits)[label]: one at the label, minus the probabilities.
struct LogLikelihoodGradient: Operation {
  /// [N, 1, 1, classes]
  let logits: Value
  /// Integers, stored as f32.
  let labels: Value
  let output: Value

  var label: String { "log-likelihood gradient" }
  var inputs: [Value] { [logits, labels] }
  var outputs: [Value] { [output] }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
    let (z, y, g) = (context.floats(logits), context.floats(labels), context.floats(output))
    let (batch, classes) = (logits.shape.batch, logits.shape.channels)
    return {
      for image in 0..<batch {
        let row = g + image * classes
        var reciprocal: Float = 0
        dmpi_softmax(
          row, DMPI_ELEMENT_F32, &reciprocal, z + image * classes, 1, 1, Int64(classes))
        for k in 0..<classes { row[k] *= -reciprocal }
        row[Int(y[image])] += 1
      }
    }
  }
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

  package func relu(_ source: Value) -> Value {
    let output = value(source.shape, .f32)
    append(Rectifier(source: source, gradient: nil, output: output))
    return output
  }

  package func reluBackward(_ gradient: Value, source: Value) -> Value {
    let output = value(source.shape, .f32)
    append(Rectifier(source: source, gradient: gradient, output: output))
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

  package func logLikelihoodGradient(_ logits: Value, labels: Value) -> Value {
    let output = value(logits.shape, .f32)
    append(LogLikelihoodGradient(logits: logits, labels: labels, output: output))
    return output
  }
}
