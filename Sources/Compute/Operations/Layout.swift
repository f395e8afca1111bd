import CKernels

/// A conversion between images as planes (NCHW, f32, as in PyTorch and the samplers) and as pixels
/// (NHWC).
struct LayoutConversion: Operation {
  enum Direction { case planesToPixels, pixelsToPlanes }

  let source: Value
  let direction: Direction
  /// The factor of the result. Only for pixels to planes.
  let scale: Float
  let output: Value

  var label: String { "layout \(direction)" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
    let (from, to) = (context.floats(source), context.floats(output))
    let (channels, pixels) = (source.shape.channels, source.shape.pixels)
    let (batch, direction, scale) = (source.shape.batch, direction, scale)
    return {
      parallel(batch) { image in
        let start = image * channels * pixels
        switch direction {
        case .planesToPixels:
          dmpi_planes_to_pixels(to + start, from + start, Int64(channels), Int64(pixels))
        case .pixelsToPlanes:
          dmpi_pixels_to_planes(to + start, from + start, Int64(channels), Int64(pixels), scale)
        }
      }
    }
  }
}

/// A change of element type.
struct Conversion: Operation {
  let source: Value
  let output: Value

  var label: String { "convert \(source.type) to \(output.type)" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
    let (from, to) = (context.pointer(source), context.pointer(output))
    let (fromType, toType, count) = (source.type, output.type, source.shape.count)
    return {
      parallel(count, grain: 1 << 14) { part in
        dmpi_convert(
          to + part.lowerBound * toType.byteCount, toType.kernelElement,
          from + part.lowerBound * fromType.byteCount, fromType.kernelElement, Int64(part.count))
      }
    }
  }
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

  /// Converts the type of a value. Returns `source` itself if it already has the type.
  package func converted(_ source: Value, to type: ElementType) -> Value {
    if source.type == type { return source }
    let output = value(source.shape, type)
    append(Conversion(source: source, output: output))
    return output
  }
}
