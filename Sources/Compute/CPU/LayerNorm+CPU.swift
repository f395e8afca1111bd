import CKernels

extension LayerNorm: CPUOperation {
  /// The number of pixels that one thread normalises at a time.
  private static let pixelsAtOnce = 16

  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (shape, channels) = (source.shape, source.shape.channels)
    let gamma = try scale.map { try context.floats($0) }
    let beta = try shift.map { try context.floats($0) }
    let (from, to) = (context.pointer(source), context.pointer(output))
    let (fromType, toType) = (source.type, output.type)
    let (epsilon, centers) = (Float(epsilon), Int32(statistic == .deviation ? 1 : 0))
    let rows = modulationRows(context)
    context.reserveScratch(shape.batch * 2 * channels * 4)
    return {
      // The factors a and terms b of each image.
      let factors = context.scratch.assumingMemoryBound(to: Float.self)
      parallel(shape.batch) { image in
        let a = factors + image * 2 * channels
        let row = rows.map { ($0.scale + image * $0.pitch, $0.shift + image * $0.pitch) }
        dmpi_modulate(a, a + channels, gamma, beta, row?.0, row?.1, Int64(channels))
      }
      parallelPixels(shape, Self.pixelsAtOnce) { image, pixels in
        let first = (image * shape.pixels + pixels.lowerBound) * channels
        let a = factors + image * 2 * channels
        dmpi_layer_norm(
          to + first * toType.byteCount, toType.kernelElement,
          from + first * fromType.byteCount, fromType.kernelElement, a, a + channels, epsilon,
          centers, Int64(pixels.count), Int64(channels))
      }
    }
  }

  /// Returns the positions of the first image's scale and shift, and the distance between images.
  private func modulationRows(
    _ context: CompileContext
  ) -> (scale: UnsafeMutablePointer<Float>, shift: UnsafeMutablePointer<Float>, pitch: Int)? {
    let channels = source.shape.channels
    switch modulation {
    case .none, .bias: return nil
    case .scaleShift(let rows, let offset):
      let first = context.floats(rows) + offset
      return (first, first + channels, rows.shape.channels)
    case .shiftScale(let rows, let offset):
      let first = context.floats(rows) + offset
      return (first + channels, first, rows.shape.channels)
    }
  }
}
