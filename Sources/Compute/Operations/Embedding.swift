/// A sinusoidal embedding of the timesteps: [cos, sin] of t·exp(−ln 10000·i/half)
/// (guided-diffusion's nn.py, timestep_embedding).
///
/// timesteps [N] → [N, 1, 1, channels]. With an odd number of channels, the last one is zero.
struct TimestepEmbedding: Operation {
  let timesteps: Value
  let output: Value

  var summary: String { "timestep embedding" }
  var inputs: [Value] { [timesteps] }
  var outputs: [Value] { [output] }
}

/// The rows of a table, selected by label: labels [N] → [N, 1, 1, channels].
struct LabelEmbedding: Operation {
  /// Integers, stored as f32.
  let labels: Value
  /// [classes, channels]
  let table: Parameter
  let output: Value

  var summary: String { "label embedding" }
  var inputs: [Value] { [labels] }
  var outputs: [Value] { [output] }
}

extension Graph {
  package func timestepEmbedding(_ timesteps: Value, channels: Int) -> Value {
    let output = value(Shape(batch: timesteps.shape.batch, channels: channels), .f32)
    append(TimestepEmbedding(timesteps: timesteps, output: output))
    return output
  }

  package func labelEmbedding(_ labels: Value, table: Parameter) -> Value {
    let output = value(Shape(batch: labels.shape.batch, channels: table.shape[1]), .f32)
    append(LabelEmbedding(labels: labels, table: table, output: output))
    return output
  }
}
