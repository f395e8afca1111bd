import CKernels
import COneDNN

/// Where queries, keys and values of each head lie among the channels of a qkv projection.
package struct HeadLayout: Sendable, Equatable {
  package let heads: Int
  /// Channels a head.
  package let width: Int
  /// Channels from one head to the next, and from q to k to v of one head.
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

  /// First channel of part 0 (q), 1 (k) or 2 (v) of a head.
  func offset(head: Int, part: Int) -> Int { head * headStride + part * partStride }

  /// Queries and keys are each multiplied by width^(−1/4): their product by this.
  var scoreScale: Float { 1 / Float(width).squareRoot() }
}

/// softmax(q·kᵀ/√width)·v for every head, a tile of queries at a time so that its scores stay in
/// cache.
///
/// qkv [N, H, W, 3·C] → output [N, H, W, C]; softmax in f32.
struct Attention: Operation {
  /// Scores held at once, in elements: 1 MiB of f32, half of a core's second-level cache.
  private static let scoresAtOnce = 1 << 18

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

  /// The two products of one tile, made for one thread.
  private struct TileProducts {
    let scores: Primitive
    let context: Primitive

    init(rows: Int, _ attention: Attention) throws {
      let (tokens, width) = (Int64(attention.tokens), Int64(attention.layout.width))
      let (qkv, output) = (attention.qkv, attention.output)
      let pitch = Int64(qkv.shape.channels)
      let type = qkv.type.libraryType
      scores = try Primitive(
        matmul: dmpi_matmul(
          rows: Int64(rows), columns: tokens, inner: width, lda: pitch, ldb: pitch, ldc: tokens,
          transposes_a: 0, transposes_b: 1, packs_b: 0, source: type, destination: DMPI_F32),
        label: attention.label)
      context = try Primitive(
        matmul: dmpi_matmul(
          rows: Int64(rows), columns: width, inner: tokens, lda: tokens, ldb: pitch,
          ldc: Int64(output.shape.channels), transposes_a: 0, transposes_b: 0, packs_b: 0,
          source: type,
          destination: type),
        label: attention.label)
    }

    var scratchBytes: Int { max(scores.scratchBytes, context.scratchBytes) }
  }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
    let (tokens, layout, element) = (tokens, layout, qkv.type.byteCount)
    let (pitch, outputPitch) = (qkv.shape.channels, output.shape.channels)
    let rows = min(tokens, min(256, max(16, Self.scoresAtOnce / tokens)))
    let tiles = (tokens + rows - 1) / rows
    let tail = tokens - (tiles - 1) * rows
    let products = try singleThreaded(context.threads) {
      try (0..<context.threads).map { _ in
        (whole: try TileProducts(rows: rows, self), tail: try TileProducts(rows: tail, self))
      }
    }
    let scoreBytes = aligned(rows * tokens * 4)
    let probabilityBytes = aligned(rows * tokens * element)
    let productBytes = aligned(
      max(products[0].whole.scratchBytes, products[0].tail.scratchBytes))
    let threadBytes = scoreBytes + probabilityBytes + productBytes
    context.reserveScratch(context.threads * threadBytes)

    let (source, destination) = (context.pointer(qkv), context.pointer(output))
    let (batch, type) = (qkv.shape.batch, qkv.type.kernelElement)
    return {
      let failure = FirstFailure()
      parallel(batch * layout.heads * tiles) { item in
        let (image, head, tile) = (
          item / (layout.heads * tiles), item / tiles % layout.heads, item % tiles
        )
        let thread = Int(dmpi_thread_index())
        let count = tile == tiles - 1 ? tail : rows
        let product = tile == tiles - 1 ? products[thread].tail : products[thread].whole
        let scores = context.scratch + thread * threadBytes
        let probabilities = scores + scoreBytes
        let scratch = probabilities + probabilityBytes
        let first = source + image * tokens * pitch * element
        func part(_ index: Int) -> UnsafeMutableRawPointer {
          first + layout.offset(head: head, part: index) * element
        }
        failure.record(
          dmpi_matmul_run(
            product.scores.handle, part(0) + tile * rows * pitch * element, part(1), scores,
            scratch))
        dmpi_softmax(
          probabilities, type, scores.assumingMemoryBound(to: Float.self), layout.scoreScale,
          Int64(count), Int64(tokens))
        let row = image * tokens + tile * rows
        failure.record(
          dmpi_matmul_run(
            product.context.handle, probabilities, part(2),
            destination + (row * outputPitch + head * layout.width) * element, scratch))
      }
      try products[0].whole.scores.check(failure.status)
    }
  }
}

/// Runs `make` with one thread, so that the products it makes do not spread inside a team.
func singleThreaded<Result>(_ threads: Int, _ make: () throws -> Result) rethrows -> Result {
  dmpi_set_threads(1)
  defer { dmpi_set_threads(Int32(threads)) }
  return try make()
}

func aligned(_ bytes: Int) -> Int { (bytes + 63) & ~63 }

extension Graph {
  package func attention(_ qkv: Value, _ layout: HeadLayout) -> Value {
    var shape = qkv.shape
    shape.channels = layout.heads * layout.width
    let output = value(shape, qkv.type)
    append(Attention(qkv: qkv, layout: layout, output: output))
    return output
  }
}
