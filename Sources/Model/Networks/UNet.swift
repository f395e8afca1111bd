import Compute

/// The network that predicts the noise in an image (the reference's unet.py, UNetModel).
package struct UNet {
  package let configuration: UNetConfiguration
  private let embedding: TimeEmbedding
  private let contexts: ClassContexts?
  private let encoder: Encoder
  private let blocks: [BlockSequence]
  private let outNorm: NormLayer
  private let outConvolution: ConvolutionLayer

  package init(_ reader: ParameterReader, _ configuration: UNetConfiguration) {
    self.configuration = configuration
    embedding = TimeEmbedding(
      reader, modelChannels: configuration.modelChannels,
      classCount: configuration.spatialTransformer == nil ? configuration.classCount : nil,
      sinusoids: configuration.layers.sinusoids)
    contexts = configuration.spatialTransformer.map {
      ClassContexts(reader, classCount: configuration.classCount ?? 0, $0)
    }
    encoder = Encoder(reader, configuration, embedding)
    blocks = Self.decoder(reader, configuration, embedding, skips: encoder.outputChannels)
    let channels = configuration.channels(level: 0)
    outNorm = NormLayer(reader, "out.0", channels, epsilon: configuration.layers.normEpsilon)
    outConvolution = ConvolutionLayer(
      reader, "out.2", channels, configuration.outChannels, kernel: 3)
  }

  /// The decoder. Each level has one residual block more than in the encoder, and each of these
  /// blocks takes a skip connection.
  private static func decoder(
    _ reader: ParameterReader, _ configuration: UNetConfiguration, _ embedding: TimeEmbedding,
    skips: [Int]
  ) -> [BlockSequence] {
    var skips = skips
    var channels = skips.last!
    var blocks: [BlockSequence] = []
    for level in configuration.channelMultipliers.indices.reversed() {
      let width = configuration.channels(level: level)
      for index in 0...configuration.residualBlocks {
        let name = "output_blocks.\(blocks.count)"
        var sequence: [any Block] = [
          ResidualBlock(
            reader, "\(name).0", embedding, inChannels: channels + skips.removeLast(),
            outChannels: width, usesScaleShiftNorm: configuration.usesScaleShiftNorm,
            epsilon: configuration.layers.normEpsilon)
        ]
        channels = width
        if configuration.attentionDownsamplings.contains(1 << level) {
          sequence.append(
            configuration.attention(
              reader, "\(name).\(sequence.count)", channels: channels,
              heads: configuration.headsUp ?? configuration.heads))
        }
        if level > 0 && index == configuration.residualBlocks {
          sequence.append(
            upsampler(
              reader, "\(name).\(sequence.count)", configuration, embedding, channels: channels))
        }
        blocks.append(BlockSequence(name: name, blocks: sequence))
      }
    }
    return blocks
  }

  private static func upsampler(
    _ reader: ParameterReader, _ name: String, _ configuration: UNetConfiguration,
    _ embedding: TimeEmbedding, channels: Int
  ) -> any Block {
    if configuration.resamplesInResidualBlocks {
      return ResidualBlock(
        reader, name, embedding, inChannels: channels, outChannels: channels,
        usesScaleShiftNorm: configuration.usesScaleShiftNorm,
        epsilon: configuration.layers.normEpsilon,
        resampling: .up)
    }
    return UpsampleBlock(
      reader, name, channels: channels, convolves: configuration.convolvesWhenResampling)
  }

  /// Appends the network. Its result, the output "prediction", is [N, C, H, W] as planes, or [N,
  /// 2C, H, W] if the network learns σ, in f32.
  ///
  /// Activations between the first and the last convolution have the type `type`.
  package func describe(in graph: Graph, batch: Int, type: ElementType) -> NetworkPorts {
    let inputs = NetworkInputs(
      graph, batch: batch, imageSize: configuration.imageSize,
      channels: configuration.inChannels, takesEnlarged: configuration.enlargesImages,
      classes: configuration.classCount.map {
        ClassLabels(count: $0, null: configuration.nullClass)
      })
    let rows = embedding.rows(graph, timesteps: inputs.timesteps!, labels: inputs.labels)
    let context = BlockContext(
      graph: graph, embedding: rows,
      classes: contexts?.rows(graph, labels: inputs.labels!))
    let stages = encoder.forward(inputs.images, context, type: type)
    var skips = stages.dropLast().map(\.output)
    var output = stages.last!.output
    for block in blocks {
      output = block.forward([output, skips.removeLast()], context).output
    }
    let normalised = graph.groupNorm([output], outNorm, activates: true, type: .f32).output
    let prediction = graph.convolution(normalised, outConvolution)
    let planes = graph.planes(fromPixels: prediction)
    graph.output("prediction", planes)
    return NetworkPorts(inputs: inputs, result: planes)
  }
}
