/// The relation of the latents of a diffusion model to those of its autoencoder.
///
/// Latent diffusion and DiT divide by a factor (`scale_factor`; 0.18215 for Stable Diffusion's
/// autoencoders). Models of other autoencoders shift and scale each channel by its mean and standard
/// deviation over the training data.
package struct LatentScaling: Sendable, Equatable, Codable {
  /// The number that the model's latents are divided by.
  package var factor: Double
  /// A number for each channel that is added, or `nil` for zeros.
  package var mean: [Float]?
  /// A number for each channel that the quotient is multiplied by, or `nil` for ones.
  package var deviation: [Float]?

  package init(factor: Double = 1, mean: [Float]? = nil, deviation: [Float]? = nil) {
    self.factor = factor
    self.mean = mean
    self.deviation = deviation
  }

  /// The scaling of models of Stable Diffusion's autoencoders.
  package static let stableDiffusion = LatentScaling(factor: 0.18215)

  /// - Throws: `LatentScalingError` if latents of this many channels cannot be scaled so.
  package func validate(channels: Int) throws(LatentScalingError) {
    guard factor.isFinite, Float(factor) > 0 else { throw .factor(factor) }
    for values in [mean, deviation].compactMap(\.self) {
      guard values.count == channels else { throw .channels(values.count, latent: channels) }
    }
    guard (mean ?? []).allSatisfy(\.isFinite),
      (deviation ?? []).allSatisfy({ $0.isFinite && $0 > 0 })
    else { throw .statistics }
  }

  /// Turns the model's latents into the autoencoder's, in place: x/factor · deviation + mean.
  ///
  /// - Parameter latents: [N, C, h, w].
  package func unscale(_ latents: Latents) {
    change(latents) { $0 / Float(factor) * $2 + $1 }
  }

  /// Turns the autoencoder's latents into the model's, in place.
  ///
  /// - Parameter latents: [N, C, h, w].
  package func scale(_ latents: Latents) {
    change(latents) { ($0 - $1) / $2 * Float(factor) }
  }

  private func change(
    _ latents: Latents, _ changed: (_ x: Float, _ mean: Float, _ deviation: Float) -> Float
  ) {
    let (channels, pixels) = (latents.shape.channels, latents.shape.height * latents.shape.width)
    for plane in 0..<latents.batch * channels {
      let channel = plane % channels
      let (mean, deviation) = (mean?[channel] ?? 0, deviation?[channel] ?? 1)
      for i in plane * pixels..<(plane + 1) * pixels {
        latents.elements[i] = changed(latents.elements[i], mean, deviation)
      }
    }
  }
}

/// The reason why latents cannot be scaled.
package enum LatentScalingError: Error, Equatable, CustomStringConvertible {
  /// The factor is not a positive number.
  case factor(Double)
  /// The statistics have another number of channels than the latents.
  case channels(Int, latent: Int)
  /// A mean is not finite, or a standard deviation is not a positive number.
  case statistics

  package var description: String {
    switch self {
    case .factor(let factor): "the scale factor of the latents is \(factor): it must be positive"
    case .channels(let count, let latent):
      "the statistics of the latents have \(count) channels, but the latents have \(latent)"
    case .statistics:
      "the statistics of the latents are not finite numbers with positive standard deviations"
    }
  }
}
