import Compute

/// The options that the UNet and the classifier share: those of the encoder.
protocol EncoderConfiguration {
  var imageSize: Int { get }
  var inChannels: Int { get }
  var modelChannels: Int { get }
  var residualBlocks: Int { get }
  var channelMultipliers: [Double] { get }
  var attentionDownsamplings: [Int] { get }
  var heads: AttentionHeads { get }
  var attentionOrder: AttentionOrder { get }
  var usesScaleShiftNorm: Bool { get }
  var resamplesInResidualBlocks: Bool { get }
  var convolvesWhenResampling: Bool { get }
  var attentionDimensions: Int? { get }
  var spatialTransformer: SpatialTransformerConfiguration? { get }
  var layers: LayerDetails { get }
}

extension UNetConfiguration: EncoderConfiguration {
  var layers: LayerDetails { details ?? LayerDetails() }
}

extension ClassifierConfiguration: EncoderConfiguration {
  var attentionDimensions: Int? { nil }
  var spatialTransformer: SpatialTransformerConfiguration? { nil }
  var layers: LayerDetails { LayerDetails() }
}

extension EncoderConfiguration {
  func channels(level: Int) -> Int { Int(channelMultipliers[level] * Double(modelChannels)) }

  /// Returns the block that exchanges information between the pixels of a level.
  func attention(
    _ reader: ParameterReader, _ name: String, channels: Int, heads: AttentionHeads
  ) -> any Block {
    if let spatialTransformer {
      return SpatialTransformer(
        reader, name, channels: channels, heads: heads.count(channels: channels),
        spatialTransformer)
    }
    return AttentionBlock(
      reader, name, channels: channels, heads: heads, order: attentionOrder,
      epsilon: layers.normEpsilon, dimensions: attentionDimensions)
  }
}

/// The encoder and the middle block, which are the same in the UNet and the classifier (the
/// reference's unet.py, UNetModel and EncoderUNetModel).
struct Encoder {
  private let stem: ConvolutionLayer
  /// `input_blocks` from index 1 on.
  private let blocks: [BlockSequence]
  private let middle: BlockSequence
  /// The channels of every input block's output, beginning with the stem's.
  let outputChannels: [Int]

  init(
    _ reader: ParameterReader, _ configuration: some EncoderConfiguration,
    _ embedding: TimeEmbedding
  ) {
    func residual(
      _ name: String, _ inChannels: Int, _ outChannels: Int, _ resampling: Resampling = .none
    ) -> ResidualBlock {
      ResidualBlock(
        reader, name, embedding, inChannels: inChannels, outChannels: outChannels,
        usesScaleShiftNorm: configuration.usesScaleShiftNorm,
        epsilon: configuration.layers.normEpsilon,
        resampling: resampling)
    }
    func attention(_ name: String, _ channels: Int) -> any Block {
      configuration.attention(reader, name, channels: channels, heads: configuration.heads)
    }

    var channels = configuration.channels(level: 0)
    stem = ConvolutionLayer(
      reader, "input_blocks.0.0", configuration.inChannels, channels, kernel: 3)
    var outputChannels = [channels]
    var blocks: [BlockSequence] = []
    func append(_ name: String, _ sequence: [any Block]) {
      blocks.append(BlockSequence(name: name, blocks: sequence))
      outputChannels.append(channels)
    }
    for level in configuration.channelMultipliers.indices {
      let width = configuration.channels(level: level)
      for _ in 0..<configuration.residualBlocks {
        let name = "input_blocks.\(blocks.count + 1)"
        var sequence: [any Block] = [residual("\(name).0", channels, width)]
        channels = width
        if configuration.attentionDownsamplings.contains(1 << level) {
          sequence.append(attention("\(name).1", channels))
        }
        append(name, sequence)
      }
      if level < configuration.channelMultipliers.count - 1 {
        let name = "input_blocks.\(blocks.count + 1)"
        let downsampler: any Block =
          configuration.resamplesInResidualBlocks
          ? residual("\(name).0", channels, channels, .down)
          : DownsampleBlock(
            reader, "\(name).0", channels: channels,
            convolves: configuration.convolvesWhenResampling,
            padding: configuration.layers.padsAfter ? .after : .around)
        append(name, [downsampler])
      }
    }
    middle = BlockSequence(
      name: "middle_block",
      blocks: [
        residual("middle_block.0", channels, channels),
        attention("middle_block.1", channels),
        residual("middle_block.2", channels, channels),
      ])
    self.blocks = blocks
    self.outputChannels = outputChannels
  }

  /// images [N, 3, H, W] as planes → the outputs of all input blocks and of the middle block, in
  /// `type`. The stem is computed in f32. The gradient of the first stage is planes again, times
  /// `gradientScale`.
  func forward(
    _ images: Value, _ context: BlockContext, type: ElementType, gradientScale: Float = 1
  ) -> [Stage] {
    var stages = [stemForward(images, context.graph, type: type, gradientScale: gradientScale)]
    for block in blocks + [middle] {
      stages.append(block.forward([stages.last!.output], context))
    }
    return stages
  }

  private func stemForward(
    _ images: Value, _ graph: Graph, type: ElementType, gradientScale: Float
  ) -> Stage {
    let pixels = graph.pixels(fromPlanes: images)
    let output = graph.convolution(pixels, stem)
    graph.probe("input_blocks.0", output)
    return Stage(output: graph.converted(output, to: type)) { gradient in
      let input = graph.convolutionBackward(
        graph.converted(gradient, to: .f32), stem, inputShape: pixels.shape)
      return graph.planes(fromPixels: input, scale: gradientScale)
    }
  }
}
