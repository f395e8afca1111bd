/// The order and the frequencies of a sinusoidal embedding.
package struct Sinusoids: Sendable, Equatable {
  /// Whether the sines precede the cosines.
  package var sinesFirst = false
  /// A number by which the divisor of the exponents is smaller than half the number of channels.
  package var shift = 0

  /// guided-diffusion's (nn.py, timestep_embedding).
  package init() {}

  package init(sinesFirst: Bool, shift: Int) {
    self.sinesFirst = sinesFirst
    self.shift = shift
  }
}

/// A sinusoidal embedding of the timesteps: [cos, sin] of t·exp(−ln 10000·i/(half−shift)).
///
/// timesteps [N] → [N, 1, 1, channels]. With an odd number of channels, the last one is zero.
struct TimestepEmbedding: Operation {
  let timesteps: Value
  let sinusoids: Sinusoids
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
  /// - Precondition: there are more than 2·shift channels.
  package func timestepEmbedding(
    _ timesteps: Value, channels: Int, _ sinusoids: Sinusoids = Sinusoids()
  ) -> Value {
    precondition(channels / 2 > sinusoids.shift)
    let output = value(Shape(batch: timesteps.shape.batch, channels: channels), .f32)
    append(TimestepEmbedding(timesteps: timesteps, sinusoids: sinusoids, output: output))
    return output
  }

  package func labelEmbedding(_ labels: Value, table: Parameter) -> Value {
    let output = value(Shape(batch: labels.shape.batch, channels: table.shape[1]), .f32)
    append(LabelEmbedding(labels: labels, table: table, output: output))
    return output
  }
}
