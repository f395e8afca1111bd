import Compute
import Foundation

/// The transformer that predicts the noise, or the velocity, in a latent (Peebles and Xie 2023, "Scalable
/// Diffusion Models with Transformers"; DiT's models.py).
///
/// Tokens are pixels of an image whose sides are divided by the size of a patch. Nothing is
/// transposed, and linear layers are 1×1 convolutions.
package struct DiffusionTransformer {
  package let configuration: TransformerConfiguration
  private let embedding: AdaptiveEmbedding
  private let patches: ConvolutionLayer
  /// [1, side, side, width]
  private let positions: Parameter
  private let blocks: [TransformerBlock]
  private let finalNorm: TokenNorm
  private let finalLinear: ConvolutionLayer

  package init(_ reader: ParameterReader, _ configuration: TransformerConfiguration) {
    self.configuration = configuration
    let (width, side) = (configuration.width, configuration.side)
    let embedding = AdaptiveEmbedding(
      reader, width: width, labelCount: configuration.classCount + 1)
    self.embedding = embedding
    patches = ConvolutionLayer(
      reader, "x_embedder.proj", configuration.channels, width, kernel: configuration.patchSize)
    positions =
      configuration.storesPositions
      ? reader.parameter("pos_embed", [1, side * side, width]).reshaped([1, side, side, width])
      : PositionTable(side: side, width: width).parameter
    let rotation = configuration.layers.map { _ in RotationTable(reader, configuration) }
    blocks = (0..<configuration.depth).map { index in
      TransformerBlock(reader, "blocks.\(index)", embedding, configuration, rotation)
    }
    finalNorm = TokenNorm(
      reader, "final_layer.norm_final", configuration,
      offset: embedding.register("final_layer", count: 2))
    let (area, channels) = (
      configuration.patchSize * configuration.patchSize, configuration.resultChannels
    )
    finalLinear = ConvolutionLayer(
      LinearLayer(reader, "final_layer.linear", width, area * configuration.outChannels)
    ).keeping(channels, ofEach: configuration.outChannels)
  }

  /// Appends the network. Its result, the output "prediction", is [N, C, H, W] as planes, or [N, 2C, H,
  /// W] if the network learns σ, in f32.
  ///
  /// The products between the first and the last layer take and give the type `type`.
  package func describe(in graph: Graph, batch: Int, type: ElementType) -> NetworkPorts {
    let inputs = NetworkInputs(
      graph, batch: batch, imageSize: configuration.imageSize, channels: configuration.channels,
      classes: ClassLabels(count: configuration.classCount, null: configuration.nullClass))
    let rows = embedding.rows(
      graph, timesteps: inputs.timesteps!, labels: inputs.labels!, type: type)
    let pixels = graph.pixels(fromPlanes: inputs.images)
    var tokens = graph.addConstant(
      graph.convolution(
        pixels, patches, stride: configuration.patchSize, padding: .none), positions)
    graph.probe("x_embedder", tokens)
    for block in blocks { tokens = block.forward(tokens, rows: rows, graph, type: type) }
    let normalised = finalNorm.forward(tokens, rows: rows, graph)
    let planes = graph.planes(
      fromPatches: graph.convolution(normalised, finalLinear), size: configuration.patchSize,
      channels: configuration.resultChannels)
    graph.output("prediction", planes)
    return NetworkPorts(inputs: inputs, result: planes)
  }
}

/// A block of attention and an MLP, whose inputs are shifted and scaled, and whose results are gated, by
/// the embedding (DiT's models.py, `DiTBlock`; LightningDiT's lightningdit.py, `LightningDiTBlock`).
private struct TransformerBlock {
  private let name: String
  private let firstNorm: TokenNorm
  private let qkv: ConvolutionLayer
  private let rotation: RotationTable?
  private let projection: ConvolutionLayer
  private let secondNorm: TokenNorm
  private let first: ConvolutionLayer
  private let second: ConvolutionLayer
  private let layout: HeadLayout
  /// The offsets of the gates of the attention and of the MLP.
  private let gates: (Int, Int)

  init(
    _ reader: ParameterReader, _ name: String, _ embedding: AdaptiveEmbedding,
    _ configuration: TransformerConfiguration, _ rotation: RotationTable?
  ) {
    func linear(_ part: String, _ inChannels: Int, _ outChannels: Int) -> ConvolutionLayer {
      ConvolutionLayer(LinearLayer(reader, "\(name).\(part)", inChannels, outChannels))
    }
    let (width, hidden) = (configuration.width, configuration.hiddenWidth)
    self.name = name
    self.rotation = rotation
    // Six vectors: shift, scale and gate of the attention, then those of the MLP.
    let offset = embedding.register(name, count: 6)
    gates = (offset + 2 * width, offset + 5 * width)
    firstNorm = TokenNorm(reader, "\(name).norm1", configuration, offset: offset)
    qkv = linear("attn.qkv", width, 3 * width)
    projection = linear("attn.proj", width, width)
    secondNorm = TokenNorm(reader, "\(name).norm2", configuration, offset: offset + 3 * width)
    switch configuration.layers {
    case nil:
      first = linear("mlp.fc1", width, hidden)
      second = linear("mlp.fc2", hidden, width)
    case .lightning:
      first = linear("mlp.w12", width, 2 * hidden)
      second = linear("mlp.w3", hidden, width)
    }
    layout = .new(heads: configuration.heads, channels: width)
  }

  func forward(_ tokens: Value, rows: Value, _ graph: Graph, type: ElementType) -> Value {
    let projected = graph.convolution(
      firstNorm.forward(tokens, rows: rows, graph, type: type), qkv)
    let rotated = rotation.map {
      graph.rotated(projected, cosines: $0.cosines, sines: $0.sines)
    }
    let attended = graph.attention(rotated ?? projected, layout)
    let middle = graph.gatedSum(
      tokens, graph.convolution(attended, projection), rows: rows, offset: gates.0)
    let inner = graph.convolution(
      secondNorm.forward(middle, rows: rows, graph, type: type), first)
    let hidden = rotation == nil ? graph.gelu(inner, .tanh) : graph.swiglu(inner)
    let output = graph.gatedSum(
      middle, graph.convolution(hidden, second), rows: rows, offset: gates.1)
    graph.probe(name, output)
    return output
  }
}

/// The norm of each token, shifted and scaled by the embedding: a layer norm without weights, or
/// LightningDiT's RMS norm.
private struct TokenNorm {
  private static let epsilon = 1e-6

  /// The weights of an RMS norm.
  private let scale: Parameter?
  /// The first channel of the shifts in the rows of the embedding. The scales follow.
  private let offset: Int

  init(
    _ reader: ParameterReader, _ name: String, _ configuration: TransformerConfiguration,
    offset: Int
  ) {
    scale = configuration.layers.map { _ in
      reader.parameter("\(name).weight", [configuration.width])
    }
    self.offset = offset
  }

  func forward(
    _ tokens: Value, rows: Value, _ graph: Graph, type: ElementType? = nil
  ) -> Value {
    let modulation = Modulation.shiftScale(rows: rows, offset: offset)
    guard let scale else {
      return graph.layerNorm(
        tokens, epsilon: Self.epsilon, modulation: modulation, type: type)
    }
    return graph.rmsNorm(
      tokens, scale: scale, epsilon: Self.epsilon, modulation: modulation, type: type)
  }
}

/// The sines and cosines by which LightningDiT rotates queries and keys. They are in its file.
private struct RotationTable {
  let cosines: Parameter
  let sines: Parameter

  init(_ reader: ParameterReader, _ configuration: TransformerConfiguration) {
    let shape = [
      configuration.side * configuration.side, configuration.width / configuration.heads,
    ]
    cosines = reader.parameter("feat_rope.freqs_cos", shape)
    sines = reader.parameter("feat_rope.freqs_sin", shape)
  }
}

/// The embedding of the timestep and the label, and its projections for every block (`t_embedder`,
/// `y_embedder` and all `adaLN_modulation`).
///
/// All projections of a step are one matrix product. Blocks register their projections when they
/// are created, and later read their part of its rows.
private final class AdaptiveEmbedding {
  private let reader: ParameterReader
  private let width: Int
  private let first: LinearLayer
  private let second: LinearLayer
  private let labels: Parameter
  private var projections: [LinearLayer] = []
  private var rowWidth = 0

  /// The width of the sinusoids, whatever the width of the network.
  private static let waves = 256

  init(_ reader: ParameterReader, width: Int, labelCount: Int) {
    self.reader = reader
    self.width = width
    first = LinearLayer(reader, "t_embedder.mlp.0", Self.waves, width)
    second = LinearLayer(reader, "t_embedder.mlp.2", width, width)
    labels = reader.parameter("y_embedder.embedding_table.weight", [labelCount, width])
  }

  /// Adds the projection of a block to `count` vectors. Its rows start at the returned offset.
  func register(_ block: String, count: Int) -> Int {
    defer { rowWidth += count * width }
    projections.append(LinearLayer(reader, "\(block).adaLN_modulation.1", width, count * width))
    return rowWidth
  }

  /// timesteps [N] and labels [N] → the projections' rows, [N, 1, 1, width of all], f32.
  ///
  /// - Parameter type: the type of the product's weights, which are a third of the network's.
  func rows(_ graph: Graph, timesteps: Value, labels: Value, type: ElementType) -> Value {
    let waves = graph.timestepEmbedding(timesteps, channels: Self.waves)
    let hidden = graph.silu(graph.linear(waves, first))
    let embedding = graph.linear(
      hidden, second, adding: graph.labelEmbedding(labels, table: self.labels))
    graph.probe("embedding", embedding)
    let weights = Parameter.concatenated(projections.map(\.weights), name: "adaLN_modulation")
    return graph.convolution(
      graph.converted(graph.silu(embedding), to: type),
      weights: weights.reshaped(weights.shape + [1, 1]),
      bias: .concatenated(projections.map(\.bias), name: "adaLN_modulation"), type: .f32)
  }
}

/// The sines and cosines of each token's position, for files that do not hold them (DiT's models.py,
/// `get_2d_sincos_pos_embed`).
///
/// The first half of the channels depends on the column, and the second on the row. Each half is the
/// sines, then the cosines, of the position times 10000^(−i/(width/4)).
package struct PositionTable {
  private let side: Int
  private let width: Int

  package init(side: Int, width: Int) {
    self.side = side
    self.width = width
  }

  var parameter: Parameter {
    Parameter(name: "pos_embed", shape: [1, side, side, width]) { tensor }
  }

  /// [1, side, side, width]
  package var tensor: Tensor {
    let quarter = width / 4
    let waves = (0..<side).map { position -> [Float] in
      let angles = (0..<quarter).map { i in
        Double(position) * (1 / pow(10_000, Double(i) / Double(quarter)))
      }
      return angles.map { Float(sin($0)) } + angles.map { Float(cos($0)) }
    }
    let elements = (0..<side).flatMap { row in
      (0..<side).flatMap { column in waves[column] + waves[row] }
    }
    return Tensor(shape: [1, side, side, width], elements: elements)
  }
}

extension ConvolutionLayer {
  /// Creates a 1×1 convolution from a linear layer.
  init(_ linear: LinearLayer) {
    weights = linear.weights.reshaped(linear.weights.shape + [1, 1])
    bias = linear.bias
  }

  /// Returns the layer that gives only the first `kept` of each `count` output channels.
  func keeping(_ kept: Int, ofEach count: Int) -> ConvolutionLayer {
    kept == count
      ? self
      : ConvolutionLayer(
        weights: weights.keeping(kept, ofEach: count), bias: bias.keeping(kept, ofEach: count))
  }

  private init(weights: Parameter, bias: Parameter) {
    self.weights = weights
    self.bias = bias
  }
}

extension Parameter {
  /// Returns the first `kept` of each `count` items along the first dimension.
  fileprivate func keeping(_ kept: Int, ofEach count: Int) -> Parameter {
    let stride = shape.dropFirst().reduce(1, *)
    let groups = shape[0] / count
    return map(shape: [groups * kept] + shape.dropFirst()) { whole in
      let elements = (0..<groups).flatMap { group in
        let first = group * count * stride
        return whole.elements[first..<first + kept * stride]
      }
      return Tensor(shape: [groups * kept] + whole.shape.dropFirst(), elements: elements)
    }
  }
}
