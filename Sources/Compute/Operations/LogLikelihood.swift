/// ∂/∂logits of Σ log softmax(logits)[label]: one at the label, minus the probabilities.
struct LogLikelihoodGradient: Operation {
  /// [N, 1, 1, classes]
  let logits: Value
  /// Integers, stored as f32.
  let labels: Value
  let output: Value

  var summary: String { "log-likelihood gradient" }
  var inputs: [Value] { [logits, labels] }
  var outputs: [Value] { [output] }
}

extension Graph {
  package func logLikelihoodGradient(_ logits: Value, labels: Value) -> Value {
    let output = value(logits.shape, .f32)
    append(LogLikelihoodGradient(logits: logits, labels: labels, output: output))
    return output
  }
}
