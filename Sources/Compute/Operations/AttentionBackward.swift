import CKernels
import COneDNN

/// The gradient of `Attention` with respect to the qkv projection.
///
/// The probabilities P are computed again rather than kept. With O = P·V and S = scale·Q·Kᵀ:
/// dV = Pᵀ·dO, dP = dO·Vᵀ, dS = scale·P∘(dP − Σ P∘dP), dQ = dS·K, dK = dSᵀ·Q.
struct AttentionBackward: Operation {
  let qkv: Value
  let layout: HeadLayout
  /// dO, [N, H, W, C]
  let gradient: Value
  /// [N, H, W, 3·C]
  let output: Value

  var label: String { "attention gradient \(tokens) tokens, \(layout.heads) heads" }
  var inputs: [Value] { [qkv, gradient] }
  var outputs: [Value] { [output] }
  var flops: Double {
    12 * Double(qkv.shape.batch) * Double(tokens * tokens) * Double(gradient.shape.channels)
  }

  private var tokens: Int { qkv.shape.pixels }

  /// The products of one head, made for one thread.
  private struct HeadProducts {
    /// S = Q·Kᵀ
    let scores: Primitive
    /// dP = dO·Vᵀ
    let probabilityGradient: Primitive
    /// dV = Pᵀ·dO
    let valueGradient: Primitive
    /// dQ = dS·K
    let queryGradient: Primitive
    /// dK = dSᵀ·Q
    let keyGradient: Primitive

    init(_ attention: AttentionBackward) throws {
      let (tokens, width) = (Int64(attention.tokens), Int64(attention.layout.width))
      let wide = Int64(attention.qkv.shape.channels)
      let narrow = Int64(attention.gradient.shape.channels)
      let type = attention.qkv.type.libraryType
      func square(lda: Int64) throws -> Primitive {
        try Primitive(
          matmul: dmpi_matmul(
            rows: tokens, columns: tokens, inner: width, lda: lda, ldb: wide, ldc: tokens,
            transposes_a: 0, transposes_b: 1, packs_b: 0, source: type, destination: DMPI_F32),
          label: attention.label)
      }
      func tall(ldb: Int64, transposed: Bool) throws -> Primitive {
        try Primitive(
          matmul: dmpi_matmul(
            rows: tokens, columns: width, inner: tokens, lda: tokens, ldb: ldb, ldc: wide,
            transposes_a: transposed ? 1 : 0, transposes_b: 0, packs_b: 0, source: type,
            destination: type),
          label: attention.label)
      }
      scores = try square(lda: wide)
      probabilityGradient = try square(lda: narrow)
      valueGradient = try tall(ldb: narrow, transposed: true)
      queryGradient = try tall(ldb: wide, transposed: false)
      keyGradient = try tall(ldb: wide, transposed: true)
    }

    var scratchBytes: Int {
      [scores, probabilityGradient, valueGradient, queryGradient, keyGradient]
        .map(\.scratchBytes).max()!
    }
  }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
    let (tokens, layout, element) = (tokens, layout, qkv.type.byteCount)
    let (wide, narrow) = (qkv.shape.channels, gradient.shape.channels)
    let products = try singleThreaded(context.threads) {
      try (0..<context.threads).map { _ in try HeadProducts(self) }
    }
    let scoreBytes = aligned(tokens * tokens * 4)
    let probabilityBytes = aligned(tokens * tokens * element)
    let threadBytes = scoreBytes + probabilityBytes + aligned(products[0].scratchBytes)
    context.reserveScratch(context.threads * threadBytes)

    let (source, incoming) = (context.pointer(qkv), context.pointer(gradient))
    let destination = context.pointer(output)
    let (batch, type) = (qkv.shape.batch, qkv.type.kernelElement)
    return {
      let failure = FirstFailure()
      parallel(batch * layout.heads) { item in
        let (image, head) = (item / layout.heads, item % layout.heads)
        let thread = Int(dmpi_thread_index())
        let product = products[thread]
        let scores = context.scratch + thread * threadBytes
        let probabilities = scores + scoreBytes
        let scratch = probabilities + probabilityBytes
        func part(_ base: UnsafeMutableRawPointer, _ index: Int) -> UnsafeMutableRawPointer {
          let channel = layout.offset(head: head, part: index)
          return base + (image * tokens * wide + channel) * element
        }
        func multiply(
          _ primitive: Primitive, _ a: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer,
          _ c: UnsafeMutableRawPointer
        ) {
          failure.record(dmpi_matmul_run(primitive.handle, a, b, c, scratch))
        }
        let outputGradient =
          incoming + (image * tokens * narrow + head * layout.width) * element
        let floats = scores.assumingMemoryBound(to: Float.self)
        let side = Int64(tokens)

        multiply(product.scores, part(source, 0), part(source, 1), scores)
        dmpi_softmax(probabilities, type, floats, layout.scoreScale, side, side)
        multiply(product.valueGradient, probabilities, outputGradient, part(destination, 2))
        multiply(product.probabilityGradient, outputGradient, part(source, 2), scores)
        dmpi_softmax_backward(probabilities, type, floats, layout.scoreScale, side, side)
        multiply(product.queryGradient, probabilities, part(source, 1), part(destination, 0))
        multiply(product.keyGradient, probabilities, part(source, 0), part(destination, 1))
      }
      try products[0].scores.check(failure.status)
    }
  }
}

extension Graph {
  /// ∂/∂qkv of `attention(qkv, layout)`.
  package func attentionBackward(
    _ gradient: Value, qkv: Value, _ layout: HeadLayout
  ) -> Value {
    let output = value(qkv.shape, qkv.type)
    append(AttentionBackward(qkv: qkv, layout: layout, gradient: gradient, output: output))
    return output
  }
}
