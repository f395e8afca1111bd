import Compute

/// The classifier of noisy images that guides sampling (the reference's unet.py,
/// EncoderUNetModel).
package struct NoisyClassifier {
  package let configuration: ClassifierConfiguration
  /// The factor of the gradient.
  package var guidanceScale: Float = 1
  private let embedding: TimeEmbedding
  private let encoder: Encoder
  private let head: any ClassifierHead

  package init(_ reader: ParameterReader, _ configuration: ClassifierConfiguration) {
    self.configuration = configuration
    embedding = TimeEmbedding(
      reader, modelChannels: configuration.modelChannels, classCount: nil)
    encoder = Encoder(reader, configuration, embedding)
    let channels = encoder.outputChannels.last!
    switch configuration.pool {
    case .adaptive:
      head = AdaptiveHead(reader, channels: channels, classes: configuration.classCount)
    case .attention:
      head = AttentionHead(reader, configuration, channels: channels)
    case .spatial, .spatialV2:
      head = SpatialHead(
        reader, features: encoder.outputChannels.reduce(channels, +),
        classes: configuration.classCount, normalises: configuration.pool == .spatialV2)
    }
  }

  /// Appends the network and its gradient. The outputs are "logits" [N, classes] and, as the
  /// result, "gradient", which is `scale` · ∂/∂images Σ log softmax(logits)[label], [N, C, H, W] as
  /// planes. Both are f32.
  ///
  /// Activations between the first convolution and the pool have the type `type`.
  package func describe(in graph: Graph, batch: Int, type: ElementType) -> NetworkPorts {
    let inputs = NetworkInputs(
      graph, batch: batch, imageSize: configuration.imageSize,
      channels: configuration.inChannels, classes: ClassLabels(count: configuration.classCount))
    let rows = embedding.rows(graph, timesteps: inputs.timesteps!, labels: nil)
    let context = BlockContext(graph: graph, embedding: rows)
    let stages = encoder.forward(
      inputs.images, context, type: type, gradientScale: guidanceScale)
    let result = head.forward(stages.map(\.output), graph)
    graph.output("logits", result.logits)

    let logitsGradient = graph.logLikelihoodGradient(result.logits, labels: inputs.labels!)
    let addContribution = result.backward(logitsGradient)
    var gradient: Value?
    for (index, stage) in stages.enumerated().reversed() {
      gradient = stage.backward(addContribution(index, gradient))
    }
    graph.output("gradient", gradient!)
    return NetworkPorts(inputs: inputs, result: gradient!)
  }
}
