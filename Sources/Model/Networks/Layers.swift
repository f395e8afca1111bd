import Compute

/// The weights and bias of a convolution.
struct ConvolutionLayer {
  /// [out, in, kernel, kernel]
  let weights: Parameter
  let bias: Parameter

  /// `dimensions` is 1 for the reference's products over tokens, which are stored as [out, in, 1].
  init(
    _ reader: ParameterReader, _ name: String, _ inChannels: Int, _ outChannels: Int,
    kernel: Int, dimensions: Int = 2
  ) {
    let area = [Int](repeating: kernel, count: dimensions)
    weights = reader.parameter("\(name).weight", [outChannels, inChannels] + area)
      .reshaped([outChannels, inChannels, kernel, kernel])
    bias = reader.parameter("\(name).bias", [outChannels])
  }
}

extension ConvolutionLayer {
  /// Creates a convolution whose output channels are those of several, one after the other.
  ///
  /// - Parameter name: the name of the weights and the bias in messages and packed files.
  init(_ parts: [ConvolutionLayer], name: String) {
    weights = .concatenated(parts.map(\.weights), name: "\(name).weight")
    bias = .concatenated(parts.map(\.bias), name: "\(name).bias")
  }
}

/// The weights [out, in] and bias of a fully connected layer.
struct LinearLayer {
  let weights: Parameter
  let bias: Parameter

  init(_ reader: ParameterReader, _ name: String, _ inChannels: Int, _ outChannels: Int) {
    weights = reader.parameter("\(name).weight", [outChannels, inChannels])
    bias = reader.parameter("\(name).bias", [outChannels])
  }
}

extension LinearLayer {
  /// Creates a linear layer from a 1×1 convolution of a single pixel.
  init(_ convolution: ConvolutionLayer) {
    let shape = convolution.weights.shape
    weights = convolution.weights.reshaped([shape[0], shape[1]])
    bias = convolution.bias
  }
}

/// γ and β of a group norm, its number of groups and its ε.
struct NormLayer {
  let scale: Parameter
  let shift: Parameter
  let groups: Int
  let epsilon: Double

  /// `groups` and `epsilon` are those of guided-diffusion by default.
  init(
    _ reader: ParameterReader, _ name: String, _ channels: Int, groups: Int = 32,
    epsilon: Double = 1e-5
  ) {
    self.groups = groups
    self.epsilon = epsilon
    scale = reader.parameter("\(name).weight", [channels])
    shift = reader.parameter("\(name).bias", [channels])
  }
}

extension Graph {
  func convolution(
    _ source: Value, _ layer: ConvolutionLayer, stride: Int = 1,
    padding: Convolution.Padding = .around, adding added: Value? = nil, type: ElementType? = nil
  ) -> Value {
    convolution(
      source, weights: layer.weights, bias: layer.bias, stride: stride, padding: padding,
      adding: added, type: type)
  }

  func convolutionBackward(
    _ gradient: Value, _ layer: ConvolutionLayer, inputShape: Shape, stride: Int = 1,
    adding added: Value? = nil, type: ElementType? = nil
  ) -> Value {
    convolutionBackward(
      gradient, weights: layer.weights, inputShape: inputShape, stride: stride, adding: added,
      type: type)
  }

  func linear(_ source: Value, _ layer: LinearLayer, adding added: Value? = nil) -> Value {
    linear(source, weights: layer.weights, bias: layer.bias, adding: added)
  }

  func linearBackward(_ gradient: Value, _ layer: LinearLayer) -> Value {
    let shape = Shape(batch: gradient.shape.batch, channels: layer.weights.shape[1])
    return convolutionBackward(
      gradient, weights: layer.weights.reshaped(layer.weights.shape + [1, 1]), inputShape: shape)
  }

  func groupNorm(
    _ sources: [Value], _ layer: NormLayer, modulation: Modulation = .none, activates: Bool,
    resampling: Resampling = .none, type: ElementType? = nil
  ) -> (output: Value, coefficients: Value) {
    groupNorm(
      sources, scale: layer.scale, shift: layer.shift, groups: layer.groups,
      epsilon: layer.epsilon, modulation: modulation, activates: activates, resampling: resampling,
      type: type)
  }
  func groupNormBackward(
    _ gradient: Value, _ layer: NormLayer, source: Value, coefficients: Value, activates: Bool,
    downsampled: Bool = false, adding added: Value? = nil
  ) -> Value {
    groupNormBackward(
      gradient, source: source, coefficients: coefficients, groups: layer.groups,
      activates: activates, downsampled: downsampled, adding: added, name: layer.scale.name)
  }
}
