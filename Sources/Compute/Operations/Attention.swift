/// The queries, keys or values of an attention: a part of the channels of a value, by head.
struct HeadChannels {
  let value: Value
  /// The first channel of the first head.
  let offset: Int
  /// The distance in channels between heads.
  let stride: Int

  var tokens: Int { value.shape.pixels }
  /// The distance in elements between tokens.
  var pitch: Int { value.shape.channels }

  /// Returns the position of the first channel of a head, in elements.
  func index(image: Int, token: Int, head: Int) -> Int {
    (image * tokens + token) * pitch + offset + head * stride
  }
}

/// The positions of the queries, keys and values of each head in the channels of a qkv projection.
package struct HeadLayout: Sendable, Equatable {
  package let heads: Int
  /// The number of channels per head.
  package let width: Int
  /// The distance in channels between heads, and between q, k and v of a head.
  private let headStride: Int
  private let partStride: Int

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

  /// Returns part 0 (queries), 1 (keys) or 2 (values) of `qkv`.
  func part(_ part: Int, of qkv: Value) -> HeadChannels {
    HeadChannels(value: qkv, offset: part * partStride, stride: headStride)
  }
}

/// The factor of the scores of heads with `width` channels. In the reference, queries and keys are
/// each multiplied by width^(−1/4).
func scoreScale(width: Int) -> Float { 1 / Float(width).squareRoot() }

/// softmax(q·kᵀ/√width)·v for every head.
///
/// Queries [N, H, W, …] → output [N, H, W, heads·width]. Keys and values may have another number of
/// tokens than the queries (cross-attention). The softmax is computed in f32.
struct Attention: Operation {
  let queries: HeadChannels
  let keys: HeadChannels
  let values: HeadChannels
  let heads: Int
  /// The number of channels per head.
  let width: Int
  let output: Value

  var summary: String {
    let tokens =
      queries.tokens == keys.tokens ? "\(queries.tokens)" : "\(queries.tokens)×\(keys.tokens)"
    return "attention \(tokens) tokens, \(heads) heads"
  }
  var inputs: [Value] {
    // A packed projection is one value.
    keys.value == queries.value && values.value == queries.value
      ? [queries.value] : [queries.value, keys.value, values.value]
  }
  var outputs: [Value] { [output] }
  var flops: Double {
    4 * Double(output.shape.batch) * Double(queries.tokens * keys.tokens)
      * Double(output.shape.channels)
  }
}

/// The gradient of `Attention` with respect to the qkv projection.
///
/// The probabilities P = e/Σe are recomputed instead of stored, one tile of queries at a time. With
/// O = P·V and S = scale·Q·Kᵀ: dV = Pᵀ·dO, dP = dO·Vᵀ, dS = scale·P∘(dP − Σ P∘dP), dQ = dS·K, dK =
/// dSᵀ·Q. dV and dK are accumulated in transposed form, so that e and dS are read in their memory
/// order.
struct AttentionBackward: Operation {
  let qkv: Value
  let layout: HeadLayout
  /// dO, [N, H, W, C]
  let gradient: Value
  /// [N, H, W, 3·C]
  let output: Value

  var summary: String { "attention gradient \(tokens) tokens, \(layout.heads) heads" }
  var inputs: [Value] { [qkv, gradient] }
  var outputs: [Value] { [output] }
  var flops: Double {
    12 * Double(qkv.shape.batch) * Double(tokens * tokens) * Double(gradient.shape.channels)
  }
  var tokens: Int { qkv.shape.pixels }
}

extension Graph {
  /// Returns the self-attention of a projection [N, H, W, 3·heads·width] that holds queries, keys and
  /// values. Nothing is copied to separate them.
  package func attention(_ qkv: Value, _ layout: HeadLayout) -> Value {
    attention(
      layout.part(0, of: qkv), layout.part(1, of: qkv), layout.part(2, of: qkv),
      heads: layout.heads, width: layout.width)
  }

  /// Returns the attention of separate queries [N, H, W, C] to keys and values [N, h, w, C], whose
  /// number of tokens h·w may differ from that of the queries. `heads` must divide C. The channels of
  /// a head are consecutive.
  package func attention(queries: Value, keys: Value, values: Value, heads: Int) -> Value {
    let channels = queries.shape.channels
    precondition(
      keys.shape == values.shape && keys.shape.channels == channels && channels % heads == 0
        && keys.shape.batch == queries.shape.batch,
      "queries \(queries.shape), keys \(keys.shape) and values \(values.shape) do not match")
    let parts = [queries, keys, values].map {
      HeadChannels(value: $0, offset: 0, stride: channels / heads)
    }
    return attention(parts[0], parts[1], parts[2], heads: heads, width: channels / heads)
  }

  private func attention(
    _ queries: HeadChannels, _ keys: HeadChannels, _ values: HeadChannels, heads: Int, width: Int
  ) -> Value {
    var shape = queries.value.shape
    shape.channels = heads * width
    let output = value(shape, queries.value.type)
    append(
      Attention(
        queries: queries, keys: keys, values: values, heads: heads, width: width, output: output))
    return output
  }

  /// Returns ∂/∂qkv of `attention(qkv, layout)`.
  package func attentionBackward(
    _ gradient: Value, qkv: Value, _ layout: HeadLayout
  ) -> Value {
    let output = value(qkv.shape, qkv.type)
    append(AttentionBackward(qkv: qkv, layout: layout, gradient: gradient, output: output))
    return output
  }
}
