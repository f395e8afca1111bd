import Compute

/// The transformer over the pixels of a latent that replaces an attention block (latent-diffusion's
/// ldm/modules/attention.py, SpatialTransformer and BasicTransformerBlock).
///
/// norm → 1×1 convolution → blocks → 1×1 convolution, plus the input. The context is a single token, the
/// row of the image's class. Attention to one token gives that token's value whatever the queries are, so
/// the second attention of each block is one vector per image, which is added at every pixel.
struct SpatialTransformer: Block {
  private let norm: NormLayer
  private let input: ConvolutionLayer
  private let blocks: [TransformerBlock]
  private let output: ConvolutionLayer

  init(
    _ reader: ParameterReader, _ name: String, channels: Int, heads: Int,
    _ configuration: SpatialTransformerConfiguration
  ) {
    norm = NormLayer(reader, "\(name).norm", channels, epsilon: 1e-6)
    input = ConvolutionLayer(reader, "\(name).proj_in", channels, channels, kernel: 1)
    blocks = (0..<configuration.depth).map {
      TransformerBlock(
        reader, "\(name).transformer_blocks.\($0)", channels: channels, heads: heads,
        contextChannels: configuration.contextChannels)
    }
    output = ConvolutionLayer(reader, "\(name).proj_out", channels, channels, kernel: 1)
  }

  func forward(_ sources: [Value], _ context: BlockContext) -> Stage {
    let graph = context.graph
    let source = single(sources)
    let normalised = graph.groupNorm([source], norm, activates: false).output
    let tokens = blocks.reduce(graph.convolution(normalised, input)) {
      $1.forward($0, classes: context.classes!, graph)
    }
    return Stage(output: graph.convolution(tokens, output, adding: source)) { _ in
      preconditionFailure("no network with a gradient has transformers")
    }
  }
}

/// x + attention(norm(x)), plus the class, then x + feed-forward(norm(x)).
private struct TransformerBlock {
  private let firstNorm: LayerNormLayer
  private let qkv: Parameter
  private let projection: LinearLayer
  private let layout: HeadLayout
  private let context: (values: Parameter, projection: LinearLayer)
  private let lastNorm: LayerNormLayer
  private let expansion: LinearLayer
  private let contraction: LinearLayer

  init(
    _ reader: ParameterReader, _ name: String, channels: Int, heads: Int, contextChannels: Int
  ) {
    func weights(_ layer: String, _ inChannels: Int) -> Parameter {
      reader.parameter("\(name).\(layer).weight", [channels, inChannels])
    }
    firstNorm = LayerNormLayer(reader, "\(name).norm1", channels)
    qkv = .concatenated(
      ["q", "k", "v"].map { weights("attn1.to_\($0)", channels) }, name: "\(name).attn1")
    projection = LinearLayer(reader, "\(name).attn1.to_out.0", channels, channels)
    layout = .new(heads: heads, channels: channels)
    // These have no effect if there is one token.
    _ = LayerNormLayer(reader, "\(name).norm2", channels)
    _ = weights("attn2.to_q", channels)
    _ = weights("attn2.to_k", contextChannels)
    context = (
      weights("attn2.to_v", contextChannels),
      LinearLayer(reader, "\(name).attn2.to_out.0", channels, channels)
    )
    lastNorm = LayerNormLayer(reader, "\(name).norm3", channels)
    expansion = LinearLayer(reader, "\(name).ff.net.0.proj", channels, 8 * channels)
    contraction = LinearLayer(reader, "\(name).ff.net.2", 4 * channels, channels)
  }

  /// - Parameters:
  ///   - source: the tokens, [N, H, W, C].
  ///   - classes: the contexts, [N, 1, 1, contextChannels] in f32.
  func forward(_ source: Value, classes: Value, _ graph: Graph) -> Value {
    let projected = graph.linear(
      graph.layerNorm(source, firstNorm), weights: qkv, bias: Self.noBias(qkv))
    let attended = graph.linear(graph.attention(projected, layout), projection, adding: source)
    let values = graph.linear(
      classes, weights: context.values, bias: Self.noBias(context.values))
    let tokens = graph.addRows(attended, graph.linear(values, context.projection))
    let expanded = graph.linear(graph.layerNorm(tokens, lastNorm), expansion)
    return graph.linear(graph.geglu(expanded), contraction, adding: tokens)
  }

  private static func noBias(_ weights: Parameter) -> Parameter {
    .zeros(name: "no bias", [weights.shape[0]])
  }
}

/// γ and β of a layer norm.
struct LayerNormLayer {
  let scale: Parameter
  let shift: Parameter

  init(_ reader: ParameterReader, _ name: String, _ channels: Int) {
    scale = reader.parameter("\(name).weight", [channels])
    shift = reader.parameter("\(name).bias", [channels])
  }
}

extension Graph {
  func layerNorm(_ source: Value, _ layer: LayerNormLayer) -> Value {
    layerNorm(source, scale: layer.scale, shift: layer.shift, epsilon: 1e-5)
  }
}

/// The contexts of classes: the rows of a table (latent-diffusion's ldm/modules/encoders/modules.py,
/// ClassEmbedder).
struct ClassContexts {
  /// [classes, contextChannels]
  private let table: Parameter

  init(
    _ reader: ParameterReader, classCount: Int, _ configuration: SpatialTransformerConfiguration
  ) {
    table = reader.parameter(
      "context_embed.weight", [classCount, configuration.contextChannels])
  }

  /// labels [N] → [N, 1, 1, contextChannels], f32.
  func rows(_ graph: Graph, labels: Value) -> Value {
    graph.labelEmbedding(labels, table: table)
  }
}
