import Compute

/// A residual block, which may be conditioned on the embedding of the timestep and label (the
/// reference's unet.py, ResBlock).
/// The blocks of autoencoders (latent diffusion's model.py, ResnetBlock) have other names and no
/// embedding.
///
/// norm → SiLU → (resample) → conv → norm with the embedding → SiLU → conv, plus the input, which
/// is resampled or convolved to match.
struct ResidualBlock: Block {
  private let inNorm: NormLayer
  private let inConvolution: ConvolutionLayer
  private let outNorm: NormLayer
  private let outConvolution: ConvolutionLayer
  private let skip: ConvolutionLayer?
  private let conditioning: Conditioning
  private let resampling: Resampling

  /// The names of the layers in the block.
  struct Names {
    let inNorm: String
    let inConvolution: String
    let outNorm: String
    let outConvolution: String
    let skip: String

    /// guided-diffusion's `ResBlock`.
    static let guidedDiffusion = Names(
      inNorm: "in_layers.0", inConvolution: "in_layers.2", outNorm: "out_layers.0",
      outConvolution: "out_layers.3", skip: "skip_connection")
    /// The `ResnetBlock` of latent diffusion's autoencoders.
    static let autoencoder = Names(
      inNorm: "norm1", inConvolution: "conv1", outNorm: "norm2", outConvolution: "conv2",
      skip: "nin_shortcut")
  }

  /// The way in which a block uses its projection of the embedding, which starts at `offset` of the
  /// rows of all projections.
  private enum Conditioning {
    case none
    case scaleShift(offset: Int)
    case bias(offset: Int)
  }

  /// - Parameters:
  ///   - embedding: the embedding, with which the block registers its projection. A block of an
  ///     autoencoder has none.
  ///   - usesScaleShiftNorm: whether the projection scales and shifts the second norm, instead of
  ///     being added before it. Without an embedding, it has no effect.
  ///   - epsilon: ε of both norms.
  init(
    _ reader: ParameterReader, _ name: String, _ embedding: TimeEmbedding?, inChannels: Int,
    outChannels: Int, usesScaleShiftNorm: Bool = false, epsilon: Double,
    resampling: Resampling = .none, names: Names = .guidedDiffusion
  ) {
    inNorm = NormLayer(reader, "\(name).\(names.inNorm)", inChannels, epsilon: epsilon)
    inConvolution = ConvolutionLayer(
      reader, "\(name).\(names.inConvolution)", inChannels, outChannels, kernel: 3)
    if let embedding {
      let offset = embedding.register(
        LinearLayer(
          reader, "\(name).emb_layers.1", embedding.channels,
          usesScaleShiftNorm ? 2 * outChannels : outChannels))
      conditioning = usesScaleShiftNorm ? .scaleShift(offset: offset) : .bias(offset: offset)
    } else {
      conditioning = .none
    }
    outNorm = NormLayer(reader, "\(name).\(names.outNorm)", outChannels, epsilon: epsilon)
    outConvolution = ConvolutionLayer(
      reader, "\(name).\(names.outConvolution)", outChannels, outChannels, kernel: 3)
    skip =
      inChannels == outChannels
      ? nil
      : ConvolutionLayer(reader, "\(name).\(names.skip)", inChannels, outChannels, kernel: 1)
    self.resampling = resampling
  }

  func forward(_ sources: [Value], _ context: BlockContext) -> Stage {
    let graph = context.graph
    let first = graph.groupNorm(sources, inNorm, activates: true, resampling: resampling)
    let inner = graph.convolution(first.output, inConvolution)
    let second = graph.groupNorm(
      [inner], outNorm, modulation: modulation(context), activates: true)
    let output = addResidual(to: second.output, sources, graph)
    return Stage(output: output) { gradient in
      let source = single(sources)
      let outer = graph.convolutionBackward(gradient, outConvolution, inputShape: inner.shape)
      let middle = graph.groupNormBackward(
        outer, outNorm, source: inner, coefficients: second.coefficients, activates: true)
      let inside = graph.convolutionBackward(
        middle, inConvolution, inputShape: first.output.shape)
      return graph.groupNormBackward(
        inside, inNorm, source: source, coefficients: first.coefficients, activates: true,
        downsampled: resampling == .down, adding: residualBackward(gradient, source, graph))
    }
  }

  private func modulation(_ context: BlockContext) -> Modulation {
    switch conditioning {
    case .none: .none
    case .scaleShift(let offset): .scaleShift(rows: context.embedding!, offset: offset)
    case .bias(let offset): .bias(rows: context.embedding!, offset: offset)
    }
  }

  /// Returns the last convolution plus the input, which is resampled or convolved to match. Two
  /// sources are convolved one after the other, each with its part of the weights.
  private func addResidual(to inner: Value, _ sources: [Value], _ graph: Graph) -> Value {
    guard let skip else {
      let source = single(sources)
      let residual =
        switch resampling {
        case .none: source
        case .up: graph.upsampled(source)
        case .down: graph.downsampled(source)
        }
      return graph.convolution(inner, outConvolution, adding: residual)
    }
    let output = graph.convolution(
      inner, weights: outConvolution.weights, bias: outConvolution.bias)
    let none = Parameter.zeros(name: "no bias", skip.bias.shape)
    var first = 0
    for (index, source) in sources.enumerated() {
      graph.accumulateConvolution(
        source, weights: skip.weights.inputChannels(first..<first + source.shape.channels),
        bias: index == 0 ? skip.bias : none, into: output)
      first += source.shape.channels
    }
    return output
  }

  private func residualBackward(_ gradient: Value, _ source: Value, _ graph: Graph) -> Value {
    if let skip {
      return graph.convolutionBackward(gradient, skip, inputShape: source.shape)
    }
    precondition(resampling != .up, "no network with a gradient resamples upwards")
    return resampling == .down ? graph.upsampled(gradient, scale: 0.25) : gradient
  }
}
