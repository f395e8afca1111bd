import CKernels

/// The number of pixels that one thread adds at a time.
private let pixelsAtOnce = 16

extension GatedSum: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (shape, channels) = (output.shape, output.shape.channels)
    let (old, from, to) = (
      context.pointer(residual), context.pointer(source), context.pointer(output)
    )
    let (type, fromType) = (output.type, source.type)
    let (gates, pitch) = (context.floats(rows) + offset, rows.shape.channels)
    return {
      parallelPixels(shape, pixelsAtOnce) { image, pixels in
        let first = (image * shape.pixels + pixels.lowerBound) * channels
        dmpi_gated_sum(
          to + first * type.byteCount, type.kernelElement, old + first * type.byteCount,
          from + first * fromType.byteCount, fromType.kernelElement, gates + image * pitch,
          Int64(pixels.count), Int64(channels))
      }
    }
  }
}

extension AddedRows: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (shape, type, channels) = (output.shape, output.type, output.shape.channels)
    let (from, to, rows) = (
      context.pointer(source), context.pointer(output), context.floats(rows)
    )
    return {
      parallelPixels(shape, pixelsAtOnce) { image, pixels in
        let first = (image * shape.pixels + pixels.lowerBound) * channels * type.byteCount
        dmpi_broadcast_add(
          to + first, type.kernelElement, from + first, rows + image * channels, 1,
          Int64(pixels.count), Int64(channels))
      }
    }
  }
}

extension AddedConstant: CPUOperation {
  var constantBytes: Int { 4 * table.shape.reduce(1, *) }

  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (shape, type, channels) = (output.shape, output.type, output.shape.channels)
    let (from, to) = (context.pointer(source), context.pointer(output))
    let table = try context.floats(table)
    return {
      parallelPixels(shape, pixelsAtOnce) { image, pixels in
        let place = pixels.lowerBound * channels
        let first = (image * shape.pixels * channels + place) * type.byteCount
        dmpi_add(
          to + first, type.kernelElement, from + first, table + place,
          Int64(pixels.count * channels))
      }
    }
  }
}
