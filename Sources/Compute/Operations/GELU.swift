/// x·Φ(x), where Φ is the normal distribution (Hendrycks and Gimpel 2016, "Gaussian Error Linear
/// Units").
package struct GELU: Operation {
  /// The formula for Φ(x).
  package enum Approximation: Sendable {
    /// (1 + erf(x/√2))/2
    case none
    /// (1 + tanh(√(2/π)·(x + 0.044715·x³)))/2
    case tanh
  }

  let source: Value
  let approximation: Approximation
  let output: Value

  package var summary: String { "GELU" }
  package var inputs: [Value] { [source] }
  package var outputs: [Value] { [output] }
  package var replacement: (old: Value, new: Value)? { (source, output) }
}

/// The product of one half of the channels with the activation of the other half (Shazeer 2020, "GLU
/// Variants Improve Transformer").
///
/// source [N, H, W, 2·n] → output [N, H, W, n].
struct GatedUnit: Operation {
  enum Kind {
    /// a·gelu(b), where a is the first half
    case gelu
    /// silu(a)·b, where a is the first half
    case silu
  }

  let source: Value
  let kind: Kind
  let output: Value

  var summary: String { kind == .gelu ? "GEGLU" : "SwiGLU" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }
}

extension Graph {
  package func gelu(_ source: Value, _ approximation: GELU.Approximation) -> Value {
    let output = value(source.shape, source.type)
    append(GELU(source: source, approximation: approximation, output: output))
    return output
  }

  /// Returns value·gelu(gate). The first half of the channels of `source` is the value, the second
  /// half the gate.
  package func geglu(_ source: Value) -> Value { gatedUnit(source, .gelu) }

  /// Returns silu(a)·b, where a is the first half of the channels of `source`, and b the second.
  package func swiglu(_ source: Value) -> Value { gatedUnit(source, .silu) }

  private func gatedUnit(_ source: Value, _ kind: GatedUnit.Kind) -> Value {
    var shape = source.shape
    precondition(shape.channels % 2 == 0, "\(shape.channels) channels have no halves")
    shape.channels /= 2
    let output = value(shape, source.type)
    append(GatedUnit(source: source, kind: kind, output: output))
    return output
  }
}
