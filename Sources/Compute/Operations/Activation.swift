/// SiLU of f32 vectors.
struct Activation: Operation {
  let source: Value
  let output: Value

  var summary: String { "SiLU" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }
}

/// max(x, 0) of f32 vectors, or its gradient.
struct ReLU: Operation {
  let source: Value
  /// The incoming gradient, if the operation is a gradient. It is passed on where `source` is
  /// positive.
  let gradient: Value?
  let output: Value

  var summary: String { "ReLU" }
  var inputs: [Value] { [source] + (gradient.map { [$0] } ?? []) }
  var outputs: [Value] { [output] }
}

extension Graph {
  package func silu(_ source: Value) -> Value {
    let output = value(source.shape, .f32)
    append(Activation(source: source, output: output))
    return output
  }

  package func relu(_ source: Value) -> Value {
    let output = value(source.shape, .f32)
    append(ReLU(source: source, gradient: nil, output: output))
    return output
  }

  package func reluBackward(_ gradient: Value, source: Value) -> Value {
    let output = value(source.shape, .f32)
    append(ReLU(source: source, gradient: gradient, output: output))
    return output
  }
}
