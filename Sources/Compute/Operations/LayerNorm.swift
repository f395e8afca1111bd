/// Normalisation of the channels of each pixel, with modulation in the same pass.
///
/// Statistics are computed in f32.
struct LayerNorm: Operation {
  /// The quantity by which a pixel is divided.
  enum Statistic {
    /// √(variance + ε), after the mean is subtracted (Ba, Kiros and Hinton 2016, "Layer
    /// Normalization").
    case deviation
    /// √(mean square + ε) (Zhang and Sennrich 2019, "Root Mean Square Layer Normalization").
    case rootMeanSquare
  }

  let source: Value
  let statistic: Statistic
  /// γ and β, [channels]. Without them, 1 and 0.
  let scale: Parameter?
  let shift: Parameter?
  let epsilon: Double
  let modulation: Modulation
  let output: Value

  var summary: String {
    let kind = statistic == .deviation ? "layer norm" : "RMS norm"
    return "\(kind) \(source.shape.channels)" + (scale.map { " (\($0.name))" } ?? "")
  }
  var inputs: [Value] { [source] + (modulation.rows.map { [$0] } ?? []) }
  var outputs: [Value] { [output] }
}

extension Graph {
  /// Returns (x − mean)/√(variance + ε) over the channels of each pixel, times `scale` plus `shift`
  /// if they are given, then modulated.
  ///
  /// - Parameters:
  ///   - modulation: none, or a scale and a shift of each image, in either order.
  ///   - type: the type of the output, by default that of the source.
  package func layerNorm(
    _ source: Value, scale: Parameter? = nil, shift: Parameter? = nil, epsilon: Double,
    modulation: Modulation = .none, type: ElementType? = nil
  ) -> Value {
    layerNorm(
      source, .deviation, scale: scale, shift: shift, epsilon: epsilon, modulation: modulation,
      type: type)
  }

  /// Returns x/√(mean of x² + ε) over the channels of each pixel, times `scale`, then modulated.
  package func rmsNorm(
    _ source: Value, scale: Parameter, epsilon: Double, modulation: Modulation = .none,
    type: ElementType? = nil
  ) -> Value {
    layerNorm(
      source, .rootMeanSquare, scale: scale, shift: nil, epsilon: epsilon, modulation: modulation,
      type: type)
  }

  private func layerNorm(
    _ source: Value, _ statistic: LayerNorm.Statistic, scale: Parameter?, shift: Parameter?,
    epsilon: Double, modulation: Modulation, type: ElementType?
  ) -> Value {
    let channels = source.shape.channels
    for parameter in [scale, shift].compactMap({ $0 }) {
      precondition(
        parameter.shape == [channels], "\(parameter.name) does not have \(channels) elements")
    }
    if case .bias = modulation { preconditionFailure("a layer norm is modulated by two rows") }
    let output = value(source.shape, type ?? source.type)
    append(
      LayerNorm(
        source: source, statistic: statistic, scale: scale, shift: shift, epsilon: epsilon,
        modulation: modulation, output: output))
    return output
  }
}
