import CKernels

extension AttentionBackward: CPUOperation {
  /// The products of one tile of queries, for one thread.
  private struct TileProducts {
    /// S = Q·Kᵀ
    let scores: PackedProduct
    /// dP = dO·Vᵀ
    let probabilityGradient: PackedProduct
    /// dQ = dS·K
    let queryGradient: PackedProduct
    /// Accumulated over the tiles: dVᵀ += (dO/Σe)ᵀ·e, and dKᵀ += Qᵀ·dS.
    let sums: PackedProduct

    init(rows: Int, _ attention: AttentionBackward) throws {
      let (tokens, width, label) = (attention.tokens, attention.layout.width, attention.summary)
      let (wide, type) = (attention.qkv.shape.channels, attention.qkv.type)
      scores = try PackedProduct(
        rows: rows, columns: tokens, inner: width, pitch: wide, transposed: true, type: type,
        label: label)
      probabilityGradient = try PackedProduct(
        rows: rows, columns: tokens, inner: width, pitch: wide, transposed: true, type: type,
        label: label)
      queryGradient = try PackedProduct(
        rows: rows, columns: width, inner: tokens, pitch: wide, type: type, label: label)
      sums = try PackedProduct(
        rows: width, columns: tokens, inner: rows, pitch: tokens, accumulates: true, type: type,
        label: label)
    }

    var scratchBytes: Int {
      [scores, probabilityGradient, queryGradient, sums].map(\.scratchBytes).max()!
    }
  }

  /// The positions of one thread's data in its scratch memory, in bytes.
  private struct Places {
    var layout = ScratchLayout()
    let keysTransposed, valuesTransposed, keys: Int
    let tile, transposedTile, scores, exponentials, packed, reciprocals, result: Int
    let valueGradient, keyGradient, products: Int

    init(rows: Int, _ products: TileProducts, _ attention: AttentionBackward) {
      let (tokens, width) = (attention.tokens, attention.layout.width)
      let element = attention.qkv.type.byteCount
      keysTransposed = layout.take(products.scores.packedBytes)
      valuesTransposed = layout.take(products.probabilityGradient.packedBytes)
      keys = layout.take(products.queryGradient.packedBytes)
      tile = layout.take(rows * width * element)
      transposedTile = layout.take(rows * width * element)
      scores = layout.take(rows * tokens * 4)
      exponentials = layout.take(rows * tokens * element)
      packed = layout.take(products.sums.packedBytes)
      reciprocals = layout.take(rows * 4)
      result = layout.take(rows * width * 4)
      valueGradient = layout.take(tokens * width * 4)
      keyGradient = layout.take(tokens * width * 4)
      self.products = layout.take(products.scratchBytes)
    }
  }

  func compile(_ context: CompileContext) throws -> () throws -> Void {
    let rows = Attention.tileRows(tokens: tokens, keys: tokens, scoreBytes: 256 << 10)
    let products = try context.forEachThread { try TileProducts(rows: rows, self) }
    let places = Places(rows: rows, products[0], self)
    context.reserveScratch(context.threads * places.layout.byteCount)
    let (heads, batch) = (layout.heads, qkv.shape.batch)
    let failure = FirstFailure()
    return {
      parallel(batch * heads) { item in
        let thread = Int(dmpi_thread_index())
        HeadGradient(
          attention: self, image: item / heads, head: item % heads, rows: rows,
          product: products[thread], places: places,
          memory: context.scratch + thread * places.layout.byteCount,
          source: context.pointer(qkv), gradient: context.pointer(gradient),
          destination: context.pointer(output), failure: failure
        ).compute()
      }
      try products[0].scores.check(failure.status)
    }
  }

  /// One head of one image, on one thread.
  private struct HeadGradient {
    let attention: AttentionBackward
    let image, head, rows: Int
    let product: TileProducts
    let places: Places
    let memory, source, gradient, destination: UnsafeMutableRawPointer
    let failure: FirstFailure

    private var tokens: Int { attention.tokens }
    private var width: Int { attention.layout.width }
    private var scale: Float { scoreScale(width: width) }
    private var wide: Int { attention.qkv.shape.channels }
    private var narrow: Int { attention.gradient.shape.channels }
    private var type: dmpi_element { attention.qkv.type.kernelElement }
    private var element: Int { attention.qkv.type.byteCount }

    func compute() {
      failure.record(product.scores.pack(part(source, 1), into: memory + places.keysTransposed))
      failure.record(
        product.probabilityGradient.pack(part(source, 2), into: memory + places.valuesTransposed))
      failure.record(product.queryGradient.pack(part(source, 1), into: memory + places.keys))
      floats(places.valueGradient).update(repeating: 0, count: tokens * width)
      floats(places.keyGradient).update(repeating: 0, count: tokens * width)
      for first in stride(from: 0, to: tokens, by: rows) { addTile(first: first) }
      store(places.keyGradient, as: 1)
      store(places.valueGradient, as: 2)
    }

    /// Computes the gradient of the queries from `first` on, and adds their contribution to the
    /// other gradients.
    private func addTile(first: Int) {
      let (side, length) = (Int64(rows), Int64(tokens))
      let (scores, exponentials) = (floats(places.scores), memory + places.exponentials)
      let reciprocals = floats(places.reciprocals)
      let queries = part(source, 0, token: first)
      let outputGradient =
        gradient + ((image * tokens + first) * narrow + head * width) * element

      multiply(product.scores, rowsOf: queries, pitch: wide, by: places.keysTransposed)
      dmpi_softmax(
        exponentials, type, reciprocals, scores, scale, side, length)
      addProduct(outputGradient, pitch: narrow, factors: reciprocals, to: places.valueGradient)

      multiply(
        product.probabilityGradient, rowsOf: outputGradient, pitch: narrow,
        by: places.valuesTransposed)
      dmpi_softmax_backward(
        exponentials, type, exponentials, reciprocals, scores, scale, side,
        length)
      addProduct(queries, pitch: wide, factors: nil, to: places.keyGradient)

      failure.record(
        product.queryGradient.run(
          exponentials, memory + places.keys, memory + places.result, memory + places.products))
      dmpi_scatter_rows(
        part(destination, 0, token: first), type, Int64(wide), floats(places.result), nil, side,
        Int64(width))
    }

    /// Computes scores = A·B with the tile's rows of A.
    private func multiply(
      _ product: PackedProduct, rowsOf a: UnsafeMutableRawPointer, pitch: Int, by b: Int
    ) {
      dmpi_gather_rows(
        memory + places.tile, a, type, Int64(pitch), Int64(rows), Int64(width))
      failure.record(
        product.run(
          memory + places.tile, memory + b, memory + places.scores, memory + places.products))
    }

    /// Computes sum += (A∘factors)ᵀ·exponentials, where the exponentials may have been overwritten
    /// by dS.
    private func addProduct(
      _ a: UnsafeMutableRawPointer, pitch: Int, factors: UnsafeMutablePointer<Float>?, to sum: Int
    ) {
      dmpi_gather_transposed(
        memory + places.transposedTile, a, type, Int64(pitch), factors, Int64(rows), Int64(width))
      failure.record(
        product.sums.pack(memory + places.exponentials, into: memory + places.packed))
      failure.record(
        product.sums.run(
          memory + places.transposedTile, memory + places.packed, memory + sum,
          memory + places.products))
    }

    private func store(_ sum: Int, as index: Int) {
      dmpi_scatter_transposed(
        part(destination, index), type, Int64(wide), floats(sum), Int64(tokens), Int64(width))
    }

    private func part(
      _ base: UnsafeMutableRawPointer, _ index: Int, token: Int = 0
    ) -> UnsafeMutableRawPointer {
      let part = attention.layout.part(index, of: attention.qkv)
      return base + part.index(image: image, token: token, head: head) * element
    }

    private func floats(_ place: Int) -> UnsafeMutablePointer<Float> {
      (memory + place).assumingMemoryBound(to: Float.self)
    }
  }
}
