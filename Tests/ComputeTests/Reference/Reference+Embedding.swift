import Compute
import Foundation

extension Reference {
  /// [cos(t·f), sin(t·f)], or the sines first, with fᵢ = 10000^(−i/(half−shift)). If the number of
  /// channels is odd, the last one is zero (guided-diffusion's nn.py, timestep_embedding, and
  /// diffusers' embeddings.py, get_timestep_embedding).
  static func timestepEmbedding(
    _ timesteps: ReferenceTensor, channels: Int, _ sinusoids: Sinusoids
  ) -> ReferenceTensor {
    let half = channels / 2
    return .filled(Shape(batch: timesteps.shape.batch, channels: channels)) { image, _, _, c in
      if c == 2 * half { return 0 }
      let exponent = -Double(c % half) / Double(half - sinusoids.shift)
      let angle = timesteps.elements[image] * pow(10000, exponent)
      return (c < half) != sinusoids.sinesFirst ? cos(angle) : sin(angle)
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
