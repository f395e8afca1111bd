import CKernels

/// Winograd's algorithm F(4×4, 3×3) with its products in fixed point: 36 products of transformed
/// tiles with transformed weights instead of 144 multiplications a tile (Lavin and Gray 2015, "Fast
/// Algorithms for Convolutional Neural Networks").
///
/// bf16 has too few bits for these transforms. Whole numbers of twelve bits and a sign, each row and
/// column with a scale of its own, are multiplied as fast by AVX512-VNNI and err less than F(2×2) in
/// bf16 (docs/numerics.md). Sums of at most 128 products are exact, longer ones are added up in f32 in
/// a fixed order: no division of the work changes the result.
extension Convolution {
  private static let positions = 36
  /// Fewer tiles than this do not pay for reading four times the weights.
  private static let fewestTiles = 16
  private static let fewestChannels = 32
  /// Tiles of one thread at once: more would read weights less often, but leave the caches.
  private static let mostRows = 64

  private var tiles: Int { output.shape.batch * output.shape.pixels / 16 }

  var usesFixedPoint: Bool {
    let (inner, columns) = (source.shape.channels, output.shape.channels)
    return Processor.hasIntegerProducts && !Processor.hasAMX
      && source.type == .bf16 && output.type == .bf16
      && weights.shape[2] == 3 && stride == 1 && !enlarges
      && output.shape.height % 4 == 0 && output.shape.width % 4 == 0 && tiles >= Self.fewestTiles
      && inner % 16 == 0 && columns % 16 == 0 && min(inner, columns) >= Self.fewestChannels
  }

  var fixedPointBytes: Int { Self.positions * weights.shape[0] * weights.shape[1] * 2 }

  func compileFixedPoint(_ context: PlanContext) throws -> () throws -> Void {
    let (inner, columns, tiles, positions) = (
      source.shape.channels, output.shape.channels, tiles, Self.positions
    )
    let blocks = columnBlocks
    let packed = try packFixedPoint(blocks, context)
    let scales = (packed + fixedPointBytes).assumingMemoryBound(to: Float.self)
    let numbers = packed.assumingMemoryBound(to: Int16.self)
    let bias = try context.floats(bias)

    // As many chunks of tiles as busy all threads; where there are not enough tiles for that, the
    // blocks of columns are divided too.
    let threads = context.threads
    let most = (tiles + Self.mostRows - 1) / Self.mostRows
    let wanted = (most + threads - 1) / threads * threads
    let rows = ((tiles + wanted - 1) / wanted + 7) / 8 * 8
    let chunks = (tiles + rows - 1) / rows
    let groups = min(blocks.count, max(1, threads / chunks))

    var layout = ScratchLayout()
    let transformedPlace = layout.take(positions * rows * inner * 2)
    let scalesPlace = layout.take(positions * rows * 4)
    let workPlace = layout.take(positions * max(2 * inner, rows * Int(DMPI_FIXED_COLUMNS)) * 4)
    let threadBytes = layout.byteCount
    context.reserveScratch(threads * threadBytes)

    let (from, to) = (context.pointer(source), context.pointer(output))
    let added = accumulates ? to : added.map(context.pointer)
    let (height, width) = (Int64(output.shape.height), Int64(output.shape.width))
    let type = source.type.kernelElement
    return {
      parallel(chunks * groups) { item in
        let (chunk, group) = (item / groups, item % groups)
        let memory = context.scratch + Int(dmpi_thread_index()) * threadBytes
        let transformed = (memory + transformedPlace).assumingMemoryBound(to: Int16.self)
        let rowScales = (memory + scalesPlace).assumingMemoryBound(to: Float.self)
        let work = (memory + workPlace).assumingMemoryBound(to: Float.self)
        let first = chunk * rows
        let here = Int64(min(rows, tiles - first))
        dmpi_fixed_input(
          transformed, rowScales, work, from, type, height, width, Int64(inner), Int64(rows),
          Int64(first), here)
        for block in blocks[share(blocks.count, group, of: groups)] {
          let (column, count) = (block.lowerBound, Int64(block.count))
          dmpi_fixed_products(
            work, transformed, rowScales, numbers + positions * inner * column,
            scales + positions * column, Int64(rows), Int64(inner), count)
          let offset = column * 2
          dmpi_fixed_output(
            to + offset, type, work, bias + column, added.map { UnsafeRawPointer($0) + offset },
            height, width, Int64(columns), count, Int64(rows), Int64(first), here)
        }
      }
    }
  }

  /// The output's channels in blocks of 16, 32 or 48, as even as can be: the narrower, the more often
  /// pixels are read.
  private var columnBlocks: [Range<Int>] {
    let vectors = weights.shape[0] / 16
    let count = (16 * vectors - 1) / Int(DMPI_FIXED_COLUMNS) + 1
    return (0..<count).map {
      let part = share(vectors, $0, of: count)
      return 16 * part.lowerBound..<16 * part.upperBound
    }
  }

  /// The transformed weights in whole numbers, a block of columns after the other, then their scales.
  private func packFixedPoint(
    _ blocks: [Range<Int>], _ context: PlanContext
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

/// Part `index` of `count` items divided evenly among `parts`.
private func share(_ count: Int, _ index: Int, of parts: Int) -> Range<Int> {
  count * index / parts..<count * (index + 1) / parts
}
