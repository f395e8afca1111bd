import Compute
import Foundation

extension Reference {
  /// [cos(t·f), sin(t·f)] with fᵢ = 10000^(−i/half). If the number of channels is odd, the last one
  /// is zero (guided-diffusion's nn.py, timestep_embedding).
  static func timestepEmbedding(
    _ timesteps: ReferenceTensor, channels: Int
  ) -> ReferenceTensor {
    let half = channels / 2
    return .filled(Shape(batch: timesteps.shape.batch, channels: channels)) { image, _, _, c in
      if c == 2 * half { return 0 }
      let angle = timesteps.elements[image] * pow(10000, -Double(c % half) / Double(half))
      return c < half ? cos(angle) : sin(angle)
    }
  }

  /// Returns row `label` of the table [classes, channels] for every label.
  static func labelEmbedding(_ labels: ReferenceTensor, table: Tensor) -> ReferenceTensor {
    let channels = table.shape[1]
    return .filled(Shape(batch: labels.shape.batch, channels: channels)) { image, _, _, c in
      Double(table.elements[Int(labels.elements[image]) * channels + c])
    }
  }
}
