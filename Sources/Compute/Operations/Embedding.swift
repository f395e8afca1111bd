import CKernels
import Foundation

/// A sinusoidal embedding of the timesteps: [cos, sin] of t·exp(−ln 10000·i/half)
/// (guided-diffusion's nn.py, timestep_embedding).
///
/// timesteps [N] → [N, 1, 1, channels]. With an odd number of channels, the last one is zero.
struct TimestepEmbedding: Operation {
  let timesteps: Value
  let output: Value

  var label: String { "timestep embedding" }
  var inputs: [Value] { [timesteps] }
  var outputs: [Value] { [output] }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
    let (t, row) = (context.floats(timesteps), context.floats(output))
    let (batch, channels) = (output.shape.batch, output.shape.channels)
    let half = channels / 2
    let frequencies = (0..<half).map { i in
      Float(exp(Double(-Float(log(10000.0)) * Float(i) / Float(half))))
    }
    return {
      for image in 0..<batch {
        for i in 0..<half {
          let angle = t[image] * frequencies[i]
          row[image * channels + i] = cos(angle)
          row[image * channels + half + i] = sin(angle)
        }
        if channels % 2 == 1 { row[(image + 1) * channels - 1] = 0 }
      }
    }
  }
}

/// The rows of a table, selected by label: labels [N] → [N, 1, 1, channels].
struct LabelEmbedding: Operation {
  /// Integers, stored as f32.
  let labels: Value
  /// [classes, channels]
  let table: Parameter
  let output: Value

  var label: String { "label embedding" }
  var inputs: [Value] { [labels] }
  var outputs: [Value] { [output] }
  var constantBytes: Int { 4 * table.shape.reduce(1, *) }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
    let rows = try context.floats(table)
    let (labels, destination) = (context.floats(labels), context.floats(output))
    let (batch, channels, classes) = (output.shape.batch, output.shape.channels, table.shape[0])
    return {
      for image in 0..<batch {
        let label = Int(labels[image])
        precondition((0..<classes).contains(label), "label \(label) of \(classes) classes")
        (destination + image * channels).update(from: rows + label * channels, count: channels)
      }
    }
  }
}

/// SiLU of f32 vectors.
struct Activation: Operation {
  let source: Value
  let output: Value

  var label: String { "SiLU" }
  var inputs: [Value] { [source] }
  var outputs: [Value] { [output] }

  func compile(_ context: PlanContext) throws -> () throws -> Void {
    let (x, y, count) = (context.floats(source), context.floats(output), source.shape.count)
    return {
      parallel(count, grain: 1 << 12) { part in
        dmpi_silu(y + part.lowerBound, x + part.lowerBound, Int64(part.count))
      }
    }
  }
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

  package func silu(_ source: Value) -> Value {
    let output = value(source.shape, .f32)
    append(Activation(source: source, output: output))
    return output
  }
}
