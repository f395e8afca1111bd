import CKernels

extension PixelMean: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
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

extension BroadcastAdd: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
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

extension PoolTokens: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
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

extension PoolTokensBackward: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
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

extension FirstToken: CPUOperation {
  func compile(_ context: CompileContext) throws -> () throws -> Void {
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
