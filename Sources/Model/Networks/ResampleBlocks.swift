import Compute

/// Halves the size, by a convolution with stride 2 or by the mean of 2×2 pixels (the reference's
/// unet.py, Downsample).
struct DownsampleBlock: Block {
  private let convolution: ConvolutionLayer?
  private let padding: Convolution.Padding

  /// - Parameter layer: the name of the convolution in the block. Autoencoders call it `conv`.
  init(
    _ reader: ParameterReader, _ name: String, layer: String = "op", channels: Int,
    convolves: Bool, padding: Convolution.Padding
  ) {
    self.padding = padding
    convolution =
      convolves ? ConvolutionLayer(reader, "\(name).\(layer)", channels, channels, kernel: 3) : nil
  }

  func forward(_ sources: [Value], _ context: BlockContext) -> Stage {
    let graph = context.graph
    let source = single(sources)
    guard let convolution else {
      return Stage(output: graph.downsampled(source)) { graph.upsampled($0, scale: 0.25) }
    }
    let output = graph.convolution(source, convolution, stride: 2, padding: padding)
    return Stage(output: output) {
      precondition(padding == .around, "no network with a gradient is padded on two sides")
      return graph.convolutionBackward($0, convolution, inputShape: source.shape, stride: 2)
    }
  }
}

/// Doubles the size, by nearest neighbour and optionally a convolution (the reference's unet.py,
/// Upsample).
struct UpsampleBlock: Block {
  private let convolution: ConvolutionLayer?

  init(_ reader: ParameterReader, _ name: String, channels: Int, convolves: Bool) {
    convolution =
      convolves ? ConvolutionLayer(reader, "\(name).conv", channels, channels, kernel: 3) : nil
  }

  func forward(_ sources: [Value], _ context: BlockContext) -> Stage {
    let (graph, source) = (context.graph, single(sources))
    let enlarged = graph.upsampled(source)
    let output = convolution.map { graph.convolution(enlarged, $0) } ?? enlarged
    return Stage(output: output) { _ in
      preconditionFailure("no network with a gradient resamples upwards")
    }
  }
}
