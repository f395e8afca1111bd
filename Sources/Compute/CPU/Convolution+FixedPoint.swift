import CKernels

/// Winograd's algorithm F(4×4, 3×3) with products in fixed point: 36 products of transformed tiles
/// with transformed weights instead of 144 multiplications per tile (Lavin and Gray 2015, "Fast
/// Algorithms for Convolutional Neural Networks").
///
/// bf16 has too few bits for these transforms. Integers of twelve bits and a sign, with a scale for
/// each row and column, are multiplied as fast by AVX512-VNNI, and are more accurate than F(2×2) in
/// bf16 (docs/numerics.md). Sums of at most 128 products are exact. Longer sums are accumulated in
/// f32 in a fixed order, so that the result does not depend on how the work is divided.
extension Convolution {
  private static let positions = 36
  /// With fewer tiles, reading four times the weights costs more than it saves.
  private static let fewestTiles = 16
  private static let fewestChannels = 32

  private var tiles: Int { output.shape.batch * output.shape.pixels / 16 }

  var usesFixedPoint: Bool {
    let (inner, columns) = (source.shape.channels, output.shape.channels)
    return Processor.hasIntegerProducts && !Processor.hasAMX
      && source.type == .bf16 && output.type == .bf16
      && weights.shape[2] == 3 && stride == 1 && padding == .around && !enlarges
      && output.shape.height % 4 == 0 && output.shape.width % 4 == 0 && tiles >= Self.fewestTiles
      && inner % 16 == 0 && columns % 16 == 0 && min(inner, columns) >= Self.fewestChannels
  }

  var fixedPointBytes: Int { Self.positions * weights.shape[0] * weights.shape[1] * 2 }

  func compileFixedPoint(_ context: CompileContext) throws -> () throws -> Void {
    let (inner, columns, positions) = (source.shape.channels, output.shape.channels, Self.positions)
    let blocks = columnBlocks
    let packed = try packFixedPoint(blocks, context)
    let scales = (packed + fixedPointBytes).assumingMemoryBound(to: Float.self)
    let numbers = packed.assumingMemoryBound(to: Int16.self)
    let bias = try context.floats(bias)

    let division = TileSchedule(
      tiles: tiles, blocks: blocks.count, threads: context.threads)
    let scratch = TileScratch(positions: positions, rows: division.rows, channels: inner)
    context.reserveScratch(context.threads * scratch.byteCount)

    let (from, to) = (context.pointer(source), context.pointer(output))
    let added = accumulates ? to : added.map(context.pointer)
    let (height, width) = (Int64(output.shape.height), Int64(output.shape.width))
    let rows = Int64(division.rows)
    return {
      parallel(division.count) { index in
        let part = division.part(index)
        let (first, here) = (Int64(part.tiles.lowerBound), Int64(part.tiles.count))
        let memory = scratch.pointers(
          in: context.scratch + Int(dmpi_thread_index()) * scratch.byteCount)
        dmpi_fixed_input(
          memory.transformed, memory.scales, memory.work, from, height, width, Int64(inner), rows,
          first, here)
        for block in blocks[part.blocks] {
          let (column, count) = (block.lowerBound, Int64(block.count))
          dmpi_fixed_products(
            memory.work, memory.transformed, memory.scales, numbers + positions * inner * column,
            scales + positions * column, rows, Int64(inner), count)
          let offset = column * ElementType.bf16.byteCount
          dmpi_fixed_output(
            to + offset, memory.work, bias + column, added.map { UnsafeRawPointer($0) + offset },
            height, width, Int64(columns), count, rows, first, here)
        }
      }
    }
  }

  /// The output's channels in blocks of 16, 32 or 48, as even as possible. The narrower the blocks,
  /// the more often pixels are read.
  private var columnBlocks: [Range<Int>] {
    let vectors = weights.shape[0] / 16
    let count = (16 * vectors - 1) / Int(DMPI_FIXED_COLUMNS) + 1
    return (0..<count).map {
      let part = share(vectors, $0, of: count)
      return 16 * part.lowerBound..<16 * part.upperBound
    }
  }

  /// Returns the transformed weights as integers, one block of columns after the other, followed by
  /// their scales.
  private func packFixedPoint(
    _ blocks: [Range<Int>], _ context: CompileContext
  ) throws -> UnsafeRawPointer {
    let (columns, inner) = (weights.shape[0], weights.shape[1])
    let (positions, numberBytes) = (Self.positions, fixedPointBytes)
    let name = "\(weights.name) in fixed point, \(blocks.count) blocks"
    return try context.constant(name, byteCount: numberBytes + positions * columns * 4) { packed in
      let numbers = packed.assumingMemoryBound(to: Int16.self)
      let scales = (packed + numberBytes).assumingMemoryBound(to: Float.self)
      try weights.load().elements.withUnsafeBufferPointer { plain in
        parallel(blocks.count) { index in
          let column = blocks[index].lowerBound
          dmpi_fixed_weights(
            numbers + positions * inner * column, scales + positions * column,
            plain.baseAddress! + column * inner * 9, Int64(blocks[index].count), Int64(inner))
        }
      }
    }
  }
}
