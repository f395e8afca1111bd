import CKernels

/// Computes one tile of queries at a time, so that the scores stay in the cache.
extension Attention: CPUOperation {
  /// Returns the number of queries in a tile, a divisor of `tokens`. The scores take at most
  /// `scoreBytes`, by default 512 KiB, which is half of a core's second-level cache.
  static func tileRows(tokens: Int, keys: Int, scoreBytes: Int = 512 << 10) -> Int {
    let most = min(tokens, max(16, scoreBytes / 4 / keys))
    return (1...most).last { tokens % $0 == 0 }!
  }

  private var type: ElementType { queries.value.type }

  private var multipliesInTiles: Bool { type == .bf16 && Processor.hasAMX }

  /// Whether the packed keys and values of a head exceed a core's second-level cache. Each tile reads
  /// them again then, so that larger tiles are faster.
  private var exceedsCache: Bool { keys.tokens * width >= 1 << 20 }

  /// The number of queries for which it pays to pack the keys and values again, so that another
  /// thread can take part. AMX multiplies so fast that packing takes as long as the products of
  /// hundreds of queries.
  private var fewestQueries: Int { multipliesInTiles ? 512 : 1 }

  /// The number of channels of the queries and keys as they are multiplied: with zeros up to a
  /// multiple of 32. The rows of AMX's tiles have 32 elements, and oneDNN is slow with shorter ones.
  private var paddedWidth: Int {
    multipliesInTiles && width > 32 ? (width + 31) / 32 * 32 : width
  }

  /// The positions of one thread's data in its scratch memory, in bytes.
  private struct Places {
    var layout = ScratchLayout()
    let plainKeys, keys, values, queries, scores, exponentials, reciprocals, context, products: Int

    init(rows: Int, _ products: TileProducts, _ attention: Attention) {
      let (tokens, width) = (attention.keys.tokens, attention.width)
      let element = attention.type.byteCount
      let isPadded = attention.paddedWidth > width
      plainKeys = layout.take(isPadded ? tokens * attention.paddedWidth * element : 0)
      keys = layout.take(products.scores.packedBytes)
      values = layout.take(products.context.packedBytes)
      queries = layout.take(rows * attention.paddedWidth * element)
      scores = layout.take(rows * tokens * 4)
      exponentials = element == 4 ? scores : layout.take(rows * tokens * element)
      reciprocals = layout.take(rows * 4)
      context = layout.take(rows * width * 4)
      self.products = layout.take(
        max(products.scores.scratchBytes, products.context.scratchBytes))
    }
  }

  /// The two products of one tile, for one thread.
  private struct TileProducts {
    /// S = Q·Kᵀ
    let scores: PackedProduct
    /// P·V
    let context: PackedProduct

    init(rows: Int, _ attention: Attention) throws {
      let (tokens, width) = (attention.keys.tokens, attention.width)
      let padded = attention.paddedWidth
      scores = try PackedProduct(
        rows: rows, columns: tokens, inner: padded,
        pitch: padded > width ? padded : attention.keys.pitch, transposed: true,
        type: attention.type, label: attention.summary)
      context = try PackedProduct(
        rows: rows, columns: width, inner: tokens, pitch: attention.values.pitch,
        type: attention.type, label: attention.summary)
    }
  }

  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let (tokens, keyCount, element) = (queries.tokens, keys.tokens, type.byteCount)
    let (outputPitch, width, heads) = (output.shape.channels, width, heads)
    let rows = Self.tileRows(
      tokens: tokens, keys: keyCount, scoreBytes: exceedsCache ? 1 << 20 : 512 << 10)
    let tiles = tokens / rows
    let products = try context.forEachThread { try TileProducts(rows: rows, self) }
    let places = Places(rows: rows, products[0], self)
    context.reserveScratch(context.threads * places.layout.byteCount)

    let destination = context.pointer(output)
    let (batch, kernelType) = (output.shape.batch, type.kernelElement)
    let scale = scoreScale(width: width)
    func base(_ part: HeadChannels) -> (Int, Int, Int) -> UnsafeMutableRawPointer {
      let start = context.pointer(part.value)
      return { start + part.index(image: $0, token: $1, head: $2) * element }
    }
    let (query, key, value) = (base(queries), base(keys), base(values))
    let (queryPitch, keyPitch, padded) = (queries.pitch, keys.pitch, paddedWidth)
    func gather(
      _ count: Int, _ from: UnsafeRawPointer, pitch: Int, into place: UnsafeMutableRawPointer
    ) {
      dmpi_gather_padded(
        place, Int64(padded), from, kernelType, Int64(pitch), Int64(count), Int64(width))
    }
    // The keys and values of a head are packed once per share. With few heads, each is split among
    // threads.
    let shares = min(
      tiles, (8 * context.threads - 1) / (batch * heads) + 1,
      max(tokens / fewestQueries, (context.threads - 1) / (batch * heads) + 1))
    let failure = FirstFailure()
    return {
      parallel(batch * heads * shares) { item in
        let (image, head, share) = (
          item / (heads * shares), item / shares % heads, item % shares
        )
        let thread = Int(dmpi_thread_index())
        let product = products[thread]
        let memory = context.scratch + thread * places.layout.byteCount
        var plainKeys = key(image, 0, head)
        if padded > width {
          gather(keyCount, plainKeys, pitch: keyPitch, into: memory + places.plainKeys)
          plainKeys = memory + places.plainKeys
        }
        failure.record(product.scores.pack(plainKeys, into: memory + places.keys))
        failure.record(product.context.pack(value(image, 0, head), into: memory + places.values))
        for tile in tiles * share / shares..<tiles * (share + 1) / shares {
          let first = tile * rows
          let scores = (memory + places.scores).assumingMemoryBound(to: Float.self)
          let reciprocals = (memory + places.reciprocals).assumingMemoryBound(to: Float.self)
          let result = (memory + places.context).assumingMemoryBound(to: Float.self)
          gather(
            rows, query(image, first, head), pitch: queryPitch, into: memory + places.queries)
          failure.record(
            product.scores.run(
              memory + places.queries, memory + places.keys, scores, memory + places.products))
          dmpi_softmax(
            memory + places.exponentials, kernelType, reciprocals, scores, scale, Int64(rows),
            Int64(keyCount))
          failure.record(
            product.context.run(
              memory + places.exponentials, memory + places.values, result,
              memory + places.products))
          let row = (image * tokens + first) * outputPitch + head * width
          dmpi_scatter_rows(
            destination + row * element, kernelType, Int64(outputPitch), result, reciprocals,
            Int64(rows), Int64(width))
        }
      }
      try products[0].scores.check(failure.status)
    }
  }
}
