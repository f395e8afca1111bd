import CKernels

/// The number of pixels that one thread processes at a time.
private let pixelsAtOnce = 4

extension GELU: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (from, to) = (context.pointer(source), context.pointer(output))
    let (shape, type, channels) = (source.shape, source.type, source.shape.channels)
    let byTanh = Int32(approximation == .tanh ? 1 : 0)
    return {
      parallelPixels(shape, pixelsAtOnce) { image, pixels in
        let first = (image * shape.pixels + pixels.lowerBound) * channels * type.byteCount
        dmpi_gelu(
          to + first, from + first, type.kernelElement, byTanh, Int64(pixels.count * channels))
      }
    }
  }
}

extension GatedUnit: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (from, to) = (context.pointer(source), context.pointer(output))
    let (type, channels) = (output.type, output.shape.channels)
    let pixels = output.shape.batch * output.shape.pixels
    let bySiLU = Int32(kind == .silu ? 1 : 0)
    return {
      parallel(pixels, grain: pixelsAtOnce) { part in
        let first = part.lowerBound * channels * type.byteCount
        dmpi_gated_unit(
          to + first, from + 2 * first, type.kernelElement, bySiLU, Int64(part.count),
          Int64(channels))
      }
    }
  }
}
