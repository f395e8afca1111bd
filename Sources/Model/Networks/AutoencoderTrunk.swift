import Compute

/// The layers that the encoder and the decoder of an autoencoder have in common: a convolution, then
/// blocks, then norm → SiLU → convolution (latent diffusion's model.py, Encoder and Decoder).
struct AutoencoderTrunk {
  private let name: String
  private let stem: ConvolutionLayer
  private let blocks: [(name: String, block: any Block)]
  private let outNorm: NormLayer
  private let outConvolution: ConvolutionLayer

  /// ε of all norms of an autoencoder. It differs from that of UNets.
  private static let epsilon = 1e-6

  /// - Parameters:
  ///   - name: the name of the module, without a dot at the end.
  ///   - inChannels: the channels of the source.
  ///   - outChannels: the channels of the result.
  ///   - width: the width of the first convolution.
  ///   - append: appends the blocks.
  private init(
    _ reader: ParameterReader, _ name: String, inChannels: Int, outChannels: Int, width: Int,
    append: (inout Builder) -> Void
  ) {
    self.name = name
    stem = ConvolutionLayer(reader, "\(name).conv_in", inChannels, width, kernel: 3)
    var builder = Builder(reader, name, channels: width)
    append(&builder)
    blocks = builder.blocks
    outNorm = NormLayer(
      reader, "\(name).norm_out", builder.channels, epsilon: Self.epsilon)
    outConvolution = ConvolutionLayer(
      reader, "\(name).conv_out", builder.channels, outChannels, kernel: 3)
  }

  /// Appends blocks, each with the width that the one before it leaves.
  private struct Builder {
    private let reader: ParameterReader
    private let module: String
    private(set) var channels: Int
    private(set) var blocks: [(name: String, block: any Block)] = []

    init(_ reader: ParameterReader, _ module: String, channels: Int) {
      self.reader = reader
      self.module = module
      self.channels = channels
    }

    private mutating func append(_ name: String, _ block: any Block) {
      blocks.append(("\(module).\(name)", block))
    }

    mutating func residual(_ name: String, to width: Int? = nil) {
      let width = width ?? channels
      append(
        name,
        ResidualBlock(
          reader, "\(module).\(name)", nil, inChannels: channels, outChannels: width,
          epsilon: epsilon, names: .autoencoder))
      channels = width
    }

    mutating func attention(_ name: String) {
      append(
        name,
        AttentionBlock(
          reader, autoencoder: "\(module).\(name)", channels: channels, epsilon: epsilon))
    }

    /// Residual blocks, each followed by attention if the level has it.
    mutating func level(_ name: String, blocks: Int, width: Int, attends: Bool) {
      for index in 0..<blocks {
        residual("\(name).block.\(index)", to: width)
        if attends { attention("\(name).attn.\(index)") }
      }
    }

    mutating func middle(attends: Bool) {
      residual("mid.block_1")
      if attends { attention("mid.attn_1") }
      residual("mid.block_2")
    }

    /// Halves the size. The convolution is padded below and on the right only.
    mutating func downsample(_ name: String) {
      append(
        name,
        DownsampleBlock(
          reader, "\(module).\(name)", layer: "conv", channels: channels, convolves: true,
          padding: .after))
    }

    mutating func upsample(_ name: String) {
      append(
        name, UpsampleBlock(reader, "\(module).\(name)", channels: channels, convolves: true))
    }
  }

  /// Creates the layers that turn z_channels channels of a latent into images.
  static func decoder(
    _ reader: ParameterReader, _ configuration: AutoencoderConfiguration
  ) -> AutoencoderTrunk {
    AutoencoderTrunk(
      reader, "decoder", inChannels: configuration.innerChannels, outChannels: 3,
      width: configuration.widths.last!
    ) { blocks in
      blocks.middle(attends: configuration.attendsInMiddle)
      for level in configuration.widths.indices.reversed() {
        blocks.level(
          "up.\(level)", blocks: configuration.residualBlocks + 1,
          width: configuration.widths[level], attends: configuration.attends(level: level))
        if level > 0 { blocks.upsample("up.\(level).upsample") }
      }
    }
  }

  /// Creates the layers that turn images into z_channels channels, or into the moments of these.
  static func encoder(
    _ reader: ParameterReader, _ configuration: AutoencoderConfiguration
  ) -> AutoencoderTrunk {
    AutoencoderTrunk(
      reader, "encoder", inChannels: 3,
      outChannels: configuration.momentCount * configuration.innerChannels,
      width: configuration.stemChannels
    ) { blocks in
      for level in configuration.widths.indices {
        blocks.level(
          "down.\(level)", blocks: configuration.residualBlocks,
          width: configuration.widths[level], attends: configuration.attends(level: level))
        if level < configuration.widths.count - 1 { blocks.downsample("down.\(level).downsample") }
      }
      blocks.middle(attends: configuration.attendsInMiddle)
    }
  }

  /// Appends the layers. Source and result are f32. Activations between the first and the last
  /// convolution have the type `type`.
  func forward(_ source: Value, _ graph: Graph, type: ElementType) -> Value {
    let context = BlockContext(graph: graph, embedding: nil)
    let stem = graph.convolution(source, stem)
    graph.probe("\(name).conv_in", stem)
    var output = graph.converted(stem, to: type)
    for (name, block) in blocks {
      output = block.forward([output], context).output
      graph.probe(name, output)
    }
    let normalised = graph.groupNorm([output], outNorm, activates: true, type: .f32).output
    return graph.convolution(normalised, outConvolution)
  }
}

extension AutoencoderConfiguration {
  fileprivate func attends(level: Int) -> Bool {
    attentionDownsamplings.contains(Model.downsampling(ofLevel: level))
  }
}
