import CKernels

/// The positions of the queries, keys and values of each head in the channels of a qkv projection.
package struct HeadLayout: Sendable, Equatable {
  package let heads: Int
  /// The number of channels per head.
  package let width: Int
  /// The distance in channels between heads, and between q, k and v of a head.
  let headStride: Int
  let partStride: Int

  /// `[head][q, k, v][channel]`: QKVAttentionLegacy in the reference's unet.py.
  package static func legacy(heads: Int, channels: Int) -> HeadLayout {
    let width = channels / heads
    return HeadLayout(heads: heads, width: width, headStride: 3 * width, partStride: width)
  }

  /// `[q, k, v][head][channel]`: QKVAttention in the reference's unet.py.
  package static func new(heads: Int, channels: Int) -> HeadLayout {
    let width = channels / heads
    return HeadLayout(heads: heads, width: width, headStride: width, partStride: channels)
  }

  /// Returns the first channel of part 0 (q), 1 (k) or 2 (v) of a head.
  func offset(head: Int, part: Int) -> Int { head * headStride + part * partStride }

  /// The factor of the scores. In the reference, queries and keys are each multiplied by
  /// width^(−1/4).
  var scoreScale: Float { 1 / Float(width).squareRoot() }
}

/// softmax(q·kᵀ/√width)·v for every head, one tile of queries at a time, so that the scores stay in
/// the cache.
///
/// qkv [N, H, W, 3·C] → output [N, H, W, C]. The softmax is computed in f32.
struct Attention: Operation {
  /// Returns the number of queries in a tile, a divisor of `tokens`. The scores take at most 512
  /// KiB, which is half of a core's second-level cache.
  static func tileRows(tokens: Int, scoreBytes: Int = 512 << 10) -> Int {
    let most = min(tokens, max(16, scoreBytes / 4 / tokens))
    return (1...most).last { tokens % $0 == 0 }!
  }

  let qkv: Value
  let layout: HeadLayout
  let output: Value

  var label: String { "attention \(tokens) tokens, \(layout.heads) heads" }
  var inputs: [Value] { [qkv] }
  var outputs: [Value] { [output] }
  var flops: Double {
    4 * Double(qkv.shape.batch) * Double(tokens * tokens) * Double(output.shape.channels)
  }

  private var tokens: Int { qkv.shape.pixels }

  /// The positions of one thread's data in its scratch memory, in bytes.
  private struct Places {
    var layout = ScratchLayout()
    let keys, values, queries, scores, exponentials, reciprocals, context, products: Int

    init(rows: Int, _ products: TileProducts, _ attention: Attention) {
      let (tokens, width) = (attention.tokens, attention.layout.width)
      let element = attention.qkv.type.byteCount
      keys = layout.take(products.scores.packedBytes)
      values = layout.take(products.context.packedBytes)
      queries = layout.take(rows * width * element)
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
      let (tokens, width, pitch) = (
        attention.tokens, attention.layout.width, attention.qkv.shape.channels
      )
      scores = try PackedProduct(
        rows: rows, columns: tokens, inner: width, pitch: pitch, transposed: true,
        type: attention.qkv.type, label: attention.label)
      context = try PackedProduct(
        rows: rows, columns: width, inner: tokens, pitch: pitch, type: attention.qkv.type,
        label: attention.label)
    }
  }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
    let (tokens, layout, element) = (tokens, layout, qkv.type.byteCount)
    let (pitch, outputPitch, width) = (qkv.shape.channels, output.shape.channels, layout.width)
    let rows = Self.tileRows(tokens: tokens)
    let tiles = tokens / rows
    let products = try context.forEachThread { try TileProducts(rows: rows, self) }
    let places = Places(rows: rows, products[0], self)
    context.reserveScratch(context.threads * places.layout.byteCount)

    let (source, destination) = (context.pointer(qkv), context.pointer(output))
    let (batch, type) = (qkv.shape.batch, qkv.type.kernelElement)
    // The keys and values of a head are packed once per share. With few heads, each is split among
    // threads.
    let shares = min(tiles, (8 * context.threads - 1) / (batch * layout.heads) + 1)
    let failure = FirstFailure()
    return {
      parallel(batch * layout.heads * shares) { item in
        let (image, head, share) = (
          item / (layout.heads * shares), item / shares % layout.heads, item % shares
        )
        let thread = Int(dmpi_thread_index())
        let product = products[thread]
        let memory = context.scratch + thread * places.layout.byteCount
        func part(_ index: Int, token: Int = 0) -> UnsafeMutableRawPointer {
          let channel = layout.offset(head: head, part: index)
          return source + ((image * tokens + token) * pitch + channel) * element
        }
        failure.record(product.scores.pack(part(1), into: memory + places.keys))
        failure.record(product.context.pack(part(2), into: memory + places.values))
        for tile in tiles * share / shares..<tiles * (share + 1) / shares {
          let first = tile * rows
          let scores = (memory + places.scores).assumingMemoryBound(to: Float.self)
          let reciprocals = (memory + places.reciprocals).assumingMemoryBound(to: Float.self)
          let result = (memory + places.context).assumingMemoryBound(to: Float.self)
          dmpi_gather_rows(
            memory + places.queries, part(0, token: first), type, Int64(pitch), Int64(rows),
            Int64(width))
          failure.record(
            product.scores.run(
              memory + places.queries, memory + places.keys, scores, memory + places.products))
          dmpi_softmax(
            memory + places.exponentials, type, reciprocals, scores, layout.scoreScale, Int64(rows),
            Int64(tokens))
          failure.record(
            product.context.run(
              memory + places.exponentials, memory + places.values, result,
              memory + places.products))
          let row = (image * tokens + first) * outputPitch + head * width
          dmpi_scatter_rows(
            destination + row * element, type, Int64(outputPitch), result, reciprocals, Int64(rows),
            Int64(width))
        }
      }
      try products[0].scores.check(failure.status)
    }
  }
}

extension Graph {
  package func attention(_ qkv: Value, _ layout: HeadLayout) -> Value {
    var shape = qkv.shape
    shape.channels = layout.heads * layout.width
    let output = value(shape, qkv.type)
    append(Attention(qkv: qkv, layout: layout, output: output))
    return output
  }
}
