import Compute

/// The layers that turn the classifier's features into logits, and their gradient.
protocol ClassifierHead {
  /// - Parameter outputs: the output of every input block, then that of the middle block.
  func forward(_ outputs: [Value], _ graph: Graph) -> HeadResult
}

struct HeadResult {
  /// Returns the gradient with respect to the output of block `index`. It is the sum of the given
  /// gradient, which comes from the next block, and the gradient from the head's direct use of the
  /// output.
  typealias Contribution = (_ index: Int, _ gradient: Value?) -> Value

  /// [N, 1, 1, classes], f32
  let logits: Value
  /// Computes the gradients of the outputs of the blocks from ∂/∂logits.
  let backward: (Value) -> Contribution
}

extension HeadResult {
  /// Creates the result of a head that uses only the last output.
  init(logits: Value, last: Int, backwardToLast: @escaping (Value) -> Value) {
    self.init(logits: logits) { logitsGradient in
      let headGradient = backwardToLast(logitsGradient)
      return { index, gradient in index == last ? headGradient : gradient! }
    }
  }
}

/// pool "adaptive": norm → SiLU → mean over the pixels → 1×1 convolution.
struct AdaptiveHead: ClassifierHead {
  private let norm: NormLayer
  private let projection: LinearLayer

  init(_ reader: ParameterReader, channels: Int, classes: Int) {
    norm = NormLayer(reader, "out.0", channels)
    let convolution = ConvolutionLayer(reader, "out.3", channels, classes, kernel: 1)
    projection = LinearLayer(convolution)
  }

  func forward(_ outputs: [Value], _ graph: Graph) -> HeadResult {
    let source = outputs.last!
    let normalised = graph.groupNorm([source], norm, activates: true, type: .f32)
    let logits = graph.linear(graph.pixelMean(normalised.output), projection)
    return HeadResult(logits: logits, last: outputs.count - 1) { logitsGradient in
      let gradient = graph.pixelMeanBackward(
        graph.linearBackward(logitsGradient, projection), shape: source.shape, type: source.type)
      return graph.groupNormBackward(
        gradient, source: source, coefficients: normalised.coefficients, activates: true,
        name: norm.scale.name)
    }
  }
}

/// pool "attention": norm → SiLU → attention from the mean of the pixels to all of them (the
/// reference's unet.py, AttentionPool2d; heads always in the new order).
struct AttentionHead: ClassifierHead {
  private let norm: NormLayer
  /// [channels, pixels + 1]
  private let positions: Parameter
  private let qkv: ConvolutionLayer
  private let projection: LinearLayer
  private let layout: HeadLayout

  init(_ reader: ParameterReader, _ configuration: ClassifierConfiguration, channels: Int) {
    let side = configuration.imageSize >> (configuration.channelMultipliers.count - 1)
    norm = NormLayer(reader, "out.0", channels)
    positions = reader.parameter("out.2.positional_embedding", [channels, side * side + 1])
    qkv = ConvolutionLayer(
      reader, "out.2.qkv_proj", channels, 3 * channels, kernel: 1, dimensions: 1)
    projection = LinearLayer(
      ConvolutionLayer(
        reader, "out.2.c_proj", channels, configuration.classCount, kernel: 1, dimensions: 1))
    layout = .new(heads: configuration.heads.count(channels: channels), channels: channels)
  }

  func forward(_ outputs: [Value], _ graph: Graph) -> HeadResult {
    let source = outputs.last!
    let normalised = graph.groupNorm([source], norm, activates: true, type: .f32)
    let tokens = graph.poolTokens(normalised.output, positions: positions)
    let projected = graph.convolution(tokens, qkv)
    let attended = graph.attention(projected, layout)
    let logits = graph.linear(graph.firstToken(attended), projection)
    return HeadResult(logits: logits, last: outputs.count - 1) { logitsGradient in
      let outer = graph.firstTokenBackward(
        graph.linearBackward(logitsGradient, projection), shape: attended.shape)
      let middle = graph.attentionBackward(outer, qkv: projected, layout)
      let inner = graph.convolutionBackward(middle, qkv, inputShape: tokens.shape)
      let gradient = graph.converted(
        graph.poolTokensBackward(inner, shape: source.shape), to: source.type)
      return graph.groupNormBackward(
        gradient, source: source, coefficients: normalised.coefficients, activates: true,
        name: norm.scale.name)
    }
  }
}

/// pools "spatial" and "spatial_v2": the means over the pixels of every block's output → linear →
/// ReLU, or norm → SiLU → linear.
struct SpatialHead: ClassifierHead {
  private static let hiddenChannels = 2048

  private let first: LinearLayer
  private let norm: NormLayer?
  private let second: LinearLayer

  init(_ reader: ParameterReader, features: Int, classes: Int, normalises: Bool) {
    first = LinearLayer(reader, "out.0", features, Self.hiddenChannels)
    norm = normalises ? NormLayer(reader, "out.1", Self.hiddenChannels) : nil
    second = LinearLayer(
      reader, normalises ? "out.3" : "out.2", Self.hiddenChannels, classes)
  }

  func forward(_ outputs: [Value], _ graph: Graph) -> HeadResult {
    let hidden = graph.linear(graph.pixelMeans(outputs), first)
    let normalised = norm.map { graph.groupNorm([hidden], $0, activates: true) }
    let logits = graph.linear(normalised?.output ?? graph.relu(hidden), second)
    return HeadResult(logits: logits) { logitsGradient in
      let outer = graph.linearBackward(logitsGradient, second)
      let inner =
        if let norm, let normalised {
          graph.groupNormBackward(
            outer, source: hidden, coefficients: normalised.coefficients, activates: true,
            name: norm.scale.name)
        } else {
          graph.reluBackward(outer, source: hidden)
        }
      let features = graph.linearBackward(inner, first)
      return { index, gradient in
        let output = outputs[index]
        let offset = outputs[..<index].reduce(0) { $0 + $1.shape.channels }
        return graph.pixelMeanBackward(
          features, offset: offset, shape: output.shape, type: output.type, adding: gradient)
      }
    }
  }
}
