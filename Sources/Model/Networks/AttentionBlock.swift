import Compute

/// Self-attention over the pixels of an image (the reference's unet.py, AttentionBlock).
struct AttentionBlock: Block {
  private let norm: NormLayer
  private let qkv: ConvolutionLayer
  private let projection: ConvolutionLayer
  private let layout: HeadLayout

  /// - Parameter dimensions: the dimensions of the convolutions as they are stored, or `nil` for 1.
  init(
    _ reader: ParameterReader, _ name: String, channels: Int, heads: AttentionHeads,
    order: AttentionOrder, epsilon: Double, dimensions: Int?
  ) {
    norm = NormLayer(reader, "\(name).norm", channels, epsilon: epsilon)
    qkv = ConvolutionLayer(
      reader, "\(name).qkv", channels, 3 * channels, kernel: 1, dimensions: dimensions ?? 1)
    projection = ConvolutionLayer(
      reader, "\(name).proj_out", channels, channels, kernel: 1, dimensions: dimensions ?? 1)
    let count = heads.count(channels: channels)
    layout =
      order == .legacy
      ? .legacy(heads: count, channels: channels) : .new(heads: count, channels: channels)
  }

  /// Creates the attention of an autoencoder (latent diffusion's model.py, AttnBlock): one head,
  /// whose queries, keys and values are 1×1 convolutions of their own. They become one product.
  init(_ reader: ParameterReader, autoencoder name: String, channels: Int, epsilon: Double) {
    func convolution(_ layer: String) -> ConvolutionLayer {
      ConvolutionLayer(reader, "\(name).\(layer)", channels, channels, kernel: 1)
    }
    norm = NormLayer(reader, "\(name).norm", channels, epsilon: epsilon)
    qkv = ConvolutionLayer(["q", "k", "v"].map(convolution), name: "\(name).qkv")
    projection = convolution("proj_out")
    layout = .new(heads: 1, channels: channels)
  }

  func forward(_ sources: [Value], _ context: BlockContext) -> Stage {
    let graph = context.graph
    let source = single(sources)
    let normalised = graph.groupNorm([source], norm, activates: false)
    let projected = graph.convolution(normalised.output, qkv)
    let attended = graph.attention(projected, layout)
    let output = graph.convolution(attended, projection, adding: source)
    return Stage(output: output) { gradient in
      let outer = graph.convolutionBackward(gradient, projection, inputShape: attended.shape)
      let middle = graph.attentionBackward(outer, qkv: projected, layout)
      let inner = graph.convolutionBackward(middle, qkv, inputShape: source.shape)
      return graph.groupNormBackward(
        inner, norm, source: source, coefficients: normalised.coefficients, activates: false,
        adding: gradient)
    }
  }
}
