import Compute

extension Experiment {
  /// Adds a network of one level with every kind of layer of a UNet. Returns its prediction, and
  /// the gradient of the input of its lower half.
  func smallNetwork(_ type: ElementType) -> (prediction: Value, gradient: Value) {
    let planes = input(height: 16, width: 16, channels: 3)
    let hidden = graph.silu(linear(graph.timestepEmbedding(timesteps(), channels: 32), 64))
    let table = weight(10, 64)
    let labels = graph.labelEmbedding(labels(below: 10), table: table.parameter)
    let rows = linear(graph.silu(linear(hidden, 64, adding: labels)), 256)

    let stem = graph.converted(
      convolution(graph.pixels(fromPlanes: planes), 64, kernel: 3), to: type)
    let first = norm([stem], .scaleShift(rows: rows, offset: 128))
    let inner = convolution(first.output, 64, kernel: 3, adding: stem)
    let second = norm([inner], .bias(rows: rows, offset: 0), resampling: .down)
    let (lowWeights, lowBias) = (weight(64, 64, 3, 3, type: type), weight(64))
    let low = graph.convolution(
      second.output, weights: lowWeights.parameter, bias: lowBias.parameter,
      adding: graph.downsampled(inner))
    let qkv = convolution(norm([low], activates: false).output, 192, kernel: 1)
    let layout = HeadLayout.legacy(heads: 2, channels: 64)
    let attended = graph.attention(qkv, layout)
    let middle = convolution(attended, 64, kernel: 1, adding: low)

    let up = norm([middle, low], resampling: .up)
    let joined = convolution(up.output, 64, kernel: 3)
    accumulate(graph.upsampled(middle), into: joined)
    accumulate(inner, into: joined)
    let last = norm([joined], type: .f32)
    let pixels = convolution(last.output, 6, kernel: 3)
    let prediction = graph.planes(fromPixels: pixels)

    let back = graph.attentionBackward(middle, qkv: qkv, layout)
    let weights = weight(192, 64, 1, 1, type: type)
    let lowGradient = graph.convolutionBackward(
      graph.convolutionBackward(back, weights: weights.parameter, inputShape: low.shape),
      weights: lowWeights.parameter, inputShape: second.output.shape)
    let gradient = graph.groupNormBackward(
      lowGradient, source: inner, coefficients: second.coefficients, activates: true,
      downsampled: true, adding: graph.upsampled(lowGradient, scale: 0.25), name: "norm")
    graph.output("prediction", prediction)
    graph.output("gradient", gradient)
    return (prediction, gradient)
  }

  private func linear(_ source: Value, _ channels: Int, adding added: Value? = nil) -> Value {
    let (weights, bias) = (weight(channels, source.shape.channels), weight(channels))
    return graph.linear(
      source, weights: weights.parameter, bias: bias.parameter, adding: added)
  }

  /// Adds a convolution with the element type of its source.
  private func convolution(
    _ source: Value, _ channels: Int, kernel: Int, adding added: Value? = nil
  ) -> Value {
    let weights = weight(channels, source.shape.channels, kernel, kernel, type: source.type)
    return graph.convolution(
      source, weights: weights.parameter, bias: weight(channels).parameter, adding: added)
  }

  private func accumulate(_ source: Value, into output: Value) {
    let weights = weight(
      output.shape.channels, source.shape.channels, 1, 1, type: source.type)
    graph.accumulateConvolution(
      source, weights: weights.parameter, bias: weight(output.shape.channels).parameter,
      into: output)
  }

  private func norm(
    _ sources: [Value], _ modulation: Modulation = .none, activates: Bool = true,
    resampling: Resampling = .none, type: ElementType? = nil
  ) -> (output: Value, coefficients: Value) {
    let channels = sources.reduce(0) { $0 + $1.shape.channels }
    return graph.groupNorm(
      sources, scale: weight(channels, mean: 1).parameter, shift: weight(channels).parameter,
      modulation: modulation, activates: activates, resampling: resampling, type: type)
  }
}
