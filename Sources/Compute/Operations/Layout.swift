/// A conversion between images as planes (NCHW, f32, as in PyTorch and the samplers) and as pixels
/// (NHWC).
struct LayoutConversion: Operation {
  enum Direction { case planesToPixels, pixelsToPlanes }

  let source: Value
  let direction: Direction
  /// The factor of the result. Only for pixels to planes.
  let scale: Float
  let output: Value

  var summary: String { "layout \(direction)" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }
}

/// The planes [N, C, h·p, w·p], f32, of an image whose pixels lie together in patches of p × p.
///
/// source [N, h, w, p·p·C], with channel c of a patch's pixel at (row·p + column)·C + c.
struct PatchAssembly: Operation {
  let source: Value
  /// p
  let size: Int
  let output: Value

  var summary: String { "planes from patches of \(size)" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }
}

/// A change of element type.
struct Conversion: Operation {
  let source: Value
  let output: Value

  var summary: String { "convert \(source.type) to \(output.type)" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }
}

extension Graph {
  /// Converts planes [N, C, H, W] to pixels. The shape of `source` is that of the pixels.
  package func pixels(fromPlanes source: Value) -> Value {
    let output = value(source.shape, .f32)
    append(
      LayoutConversion(source: source, direction: .planesToPixels, scale: 1, output: output))
    return output
  }

  /// Converts pixels to planes [N, C, H, W], times `scale`.
  package func planes(fromPixels source: Value, scale: Float = 1) -> Value {
    let output = value(source.shape, .f32)
    append(
      LayoutConversion(source: source, direction: .pixelsToPlanes, scale: scale, output: output))
    return output
  }

  /// Converts patches [N, h, w, p·p·C] to planes [N, C, h·p, w·p], f32. The channels of a patch are
  /// ordered by row, column and channel. The shape of the result is that of the image as pixels.
  package func planes(fromPatches source: Value, size p: Int, channels: Int) -> Value {
    precondition(
      source.shape.channels == p * p * channels,
      "\(source.shape) are no patches of \(p)×\(p) pixels of \(channels) channels")
    let shape = Shape(
      batch: source.shape.batch, height: p * source.shape.height, width: p * source.shape.width,
      channels: channels)
    let output = value(shape, .f32)
    append(PatchAssembly(source: source, size: p, output: output))
    return output
  }

  /// Converts the type of a value. Returns `source` itself if it already has the type.
  package func converted(_ source: Value, to type: ElementType) -> Value {
    if source.type == type { return source }
    let output = value(source.shape, type)
    append(Conversion(source: source, output: output))
    return output
  }
}
