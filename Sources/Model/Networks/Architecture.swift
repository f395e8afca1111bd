import Checkpoint
import Compute
import Diffusion
import Synchronization

/// A network that can be appended to a graph.
package protocol Network {
  /// - Parameters:
  ///   - batch: the number of images in a run.
  ///   - type: the type of most activations.
  func describe(in graph: Graph, batch: Int, type: ElementType) -> NetworkPorts
}

extension UNet: Network {}
extension NoisyClassifier: Network {}
extension DiffusionTransformer: Network {}

/// The complete description of a network. This is the only list of the kinds of networks.
package enum Architecture: Sendable, Equatable {
  case unet(UNetConfiguration)
  case classifier(ClassifierConfiguration)
  /// The network that turns the latents of an autoencoder into images.
  case decoder(AutoencoderConfiguration)
  /// The network that turns images into the latents of an autoencoder, or into their moments.
  case encoder(AutoencoderConfiguration)
  case transformer(TransformerConfiguration)

  /// The pattern that finds the network in a checkpoint.
  package var pattern: NetworkPattern {
    switch self {
    case .unet: .unet
    case .classifier: .classifier
    case .decoder, .encoder: .autoencoder
    case .transformer: .transformer
    }
  }

  /// The shape of one input of the network: xₜ, the latent of a decoder, or the image of an encoder.
  package var imageShape: Latents.Shape {
    switch self {
    case .unet(let configuration):
      let size = configuration.imageSize
      return .init(channels: configuration.imageChannels, height: size, width: size)
    case .classifier(let configuration):
      let size = configuration.imageSize
      return .init(channels: configuration.inChannels, height: size, width: size)
    case .decoder(let configuration): return configuration.latentShape
    case .encoder(let configuration): return configuration.imageShape
    case .transformer(let configuration):
      let size = configuration.imageSize
      return .init(channels: configuration.channels, height: size, width: size)
    }
  }

  /// The number of classes that one can ask for, or `nil` if the network takes no label. A null class
  /// that is the last one does not count.
  package var classCount: Int? {
    labels.map { $0.null == $0.count - 1 ? $0.count - 1 : $0.count }
  }

  /// The classes that the network can be told, or `nil` if it takes no label.
  package var labels: ClassLabels? {
    switch self {
    case .unet(let configuration):
      configuration.classCount.map { ClassLabels(count: $0, null: configuration.nullClass) }
    case .classifier(let configuration): ClassLabels(count: configuration.classCount)
    case .transformer(let configuration):
      ClassLabels(count: configuration.classCount + 1, null: configuration.nullClass)
    case .decoder, .encoder: nil
    }
  }

  /// Returns the network with another null class.
  package func withNullClass(_ nullClass: Int) -> Architecture {
    switch self {
    case .unet(var configuration):
      configuration.nullClass = nullClass
      return .unet(configuration)
    case .classifier, .decoder, .encoder, .transformer: return self
    }
  }

  /// - Throws: `ConfigurationError` if such a network is impossible.
  package func validate() throws {
    switch self {
    case .unet(let configuration): try configuration.validate()
    case .classifier(let configuration): try configuration.validate()
    case .decoder(let configuration), .encoder(let configuration): try configuration.validate()
    case .transformer(let configuration): try configuration.validate()
    }
  }

  /// Returns the network with the weights of a file. Every tensor of the file must belong to it, except
  /// that the two networks of an autoencoder ignore each other's.
  ///
  /// - Parameters:
  ///   - prefix: the prefix of the names of the network's tensors.
  ///   - guidanceScale: the factor of a classifier's gradient.
  /// - Throws: `ParameterMismatch`.
  package func network(
    in file: CheckpointFile, prefix: String = "", guidanceScale: Float = 1
  ) throws -> any Network {
    switch self {
    case .unet(let configuration):
      return try NetworkFile.unet(file, configuration, prefix: prefix)
    case .classifier(let configuration):
      var network = try NetworkFile.classifier(file, configuration, prefix: prefix)
      network.guidanceScale = guidanceScale
      return network
    case .decoder(let configuration):
      return try NetworkFile.decoder(file, configuration, prefix: prefix)
    case .encoder(let configuration):
      return try NetworkFile.encoder(file, configuration, prefix: prefix)
    case .transformer(let configuration):
      return try NetworkFile.transformer(file, configuration, prefix: prefix)
    }
  }

  /// Returns the network with the weights of a file that is opened when the first weight is read. If
  /// none is read, because all are packed already, the file does not have to exist.
  ///
  /// - Parameter open: opens the file. Called at most once. Errors of the file, and the errors of
  ///   `network(in:prefix:guidanceScale:)`, are thrown when a weight is read.
  package func network(
    prefix: String = "", guidanceScale: Float = 1,
    opening open: @escaping @Sendable () throws -> CheckpointFile
  ) -> any Network {
    let file = OpenedOnce {
      let file = try open()
      _ = try network(in: file, prefix: prefix)
      return file
    }
    let reader = ParameterReader { name, _ in
      try file.get().parameter(prefix + name)
    }
    return network(reader, guidanceScale: guidanceScale)
  }

  /// Returns the network's graph without weights, to determine its cost.
  package func graph(batch: Int, type: ElementType) -> Graph {
    let graph = Graph()
    _ = network(ParameterReader(shapesOnly: ())).describe(in: graph, batch: batch, type: type)
    return graph
  }

  /// The number of values in the network's parameters.
  package var parameterCount: Int {
    let reader = ParameterReader(shapesOnly: ())
    _ = network(reader)
    return reader.count
  }

  private func network(_ reader: ParameterReader, guidanceScale: Float = 1) -> any Network {
    switch self {
    case .unet(let configuration):
      return UNet(reader, configuration)
    case .classifier(let configuration):
      var network = NoisyClassifier(reader, configuration)
      network.guidanceScale = guidanceScale
      return network
    case .decoder(let configuration): return AutoencoderDecoder(reader, configuration)
    case .encoder(let configuration): return AutoencoderEncoder(reader, configuration)
    case .transformer(let configuration):
      return DiffusionTransformer(reader, configuration)
    }
  }
}

/// A file that is opened when it is first needed. Later uses get the same file.
private final class OpenedOnce: Sendable {
  private let open: @Sendable () throws -> CheckpointFile
  private let file = Mutex<CheckpointFile?>(nil)

  init(_ open: @escaping @Sendable () throws -> CheckpointFile) {
    self.open = open
  }

  func get() throws -> CheckpointFile {
    try file.withLock { file in
      if let file { return file }
      let opened = try open()
      file = opened
      return opened
    }
  }
}
