/// A rotary embedding of positions (Su et al. 2021, "RoFormer"): the queries and keys of each head are
/// rotated, pair by pair of neighbouring channels, by angles that depend on the token.
///
/// qkv [N, H, W, 3·C] in the order `[q, k, v][head][channel]` → the same with other queries and keys.
struct Rotation: Operation {
  let source: Value
  /// [tokens, channels of a head]
  let cosines: Parameter
  let sines: Parameter
  let output: Value

  /// The channels that are rotated: those of the queries and keys.
  var rotatedChannels: Int { source.shape.channels / 3 * 2 }

  var summary: String { "rotation (\(cosines.name))" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }
  var replacement: (old: Value, new: Value)? { (source, output) }
}

extension Graph {
  /// Returns a projection [N, H, W, 3·C], in the order of `HeadLayout.new`, with the channels 2i and
  /// 2i + 1 of each head's queries and keys rotated:
  /// x₂ᵢ·cos − x₂ᵢ₊₁·sin and x₂ᵢ₊₁·cos + x₂ᵢ·sin.
  ///
  /// - Parameters:
  ///   - cosines: the cosine for each token and channel of a head, [H·W, channels of a head].
  ///   - sines: the sines, in the same shape.
  package func rotated(_ qkv: Value, cosines: Parameter, sines: Parameter) -> Value {
    let width = cosines.shape[1]
    precondition(
      cosines.shape == sines.shape && cosines.shape[0] == qkv.shape.pixels && width % 2 == 0
        && qkv.shape.channels % (3 * width) == 0,
      "\(cosines.name) \(cosines.shape) does not match \(qkv.shape)")
    let output = value(qkv.shape, qkv.type)
    append(Rotation(source: qkv, cosines: cosines, sines: sines, output: output))
    return output
  }
}
