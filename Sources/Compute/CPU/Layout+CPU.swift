import CKernels

extension LayoutConversion: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
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

extension PatchAssembly: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (from, to) = (context.pointer(source), context.floats(output))
    let (shape, type, size) = (source.shape, source.type, Int64(size))
    let (count, channels) = (shape.pixels * shape.channels, Int64(output.shape.channels))
    return {
      parallel(shape.batch) { image in
        dmpi_patches_to_planes(
          to + image * count, from + image * count * type.byteCount, type.kernelElement,
          Int64(shape.height), Int64(shape.width), size, channels)
      }
    }
  }
}

extension Conversion: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
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
