import Checkpoint
import Compute
import Diffusion
import Model

/// A checkpoint as JSON, for `inspect`.
struct CheckpointJSON: Encodable {
  private let path: String
  private let container: String
  /// The names of the files, if there are several.
  private let files: [String]?
  private let bytes: Int
  private let tensorCount: Int
  private let valueCount: Int
  private let elementTypes: [ElementTypeCount]
  /// The key of the dictionary that holds the tensors.
  private let foundUnder: String?
  /// The prefix that is removed from the names of the tensors.
  private let prefix: String?
  private let wrappers: [String]
  /// All sets of weights in the file, if there are several.
  private let candidates: [Candidate]?
  /// The classes of Python objects that were skipped.
  private let unknownObjects: [String]
  private let network: Network?
  /// What is needed to run the checkpoint, if it cannot be run as it is.
  private let needed: String?
  private let tensors: [Tensor]?

  private struct ElementTypeCount: Encodable {
    let type: String
    let count: Int
  }

  private struct Candidate: Encodable {
    let key: String
    let tensorCount: Int
    let isReadable: Bool
    let isUsed: Bool
  }

  private struct Tensor: Encodable {
    let name: String
    let type: String
    let shape: [Int]
  }

  /// - Parameter network: describes the network. The error that it throws says what is needed.
  init(
    _ file: CheckpointFile, listsTensors: Bool, needs: Bool,
    network: (CheckpointFile) throws -> Network
  ) throws {
    path = file.path
    container = "\(file.container)"
    let names = file.files.all.map(\.name)
    files = names.count > 1 ? names : nil
    bytes = file.byteCount
    tensorCount = file.tensors.count
    valueCount = file.tensors.values.reduce(0) { $0 + $1.count }
    elementTypes = Dictionary(grouping: file.tensors.values, by: \.scalarType)
      .map { ElementTypeCount(type: $0.key.rawValue, count: $0.value.count) }
      .sorted { ($1.count, $0.type) < ($0.count, $1.type) }
    foundUnder = file.stateDictionaryKey
    prefix = file.chosen.prefix.isEmpty ? nil : file.chosen.prefix
    wrappers = file.chosen.insertions
    unknownObjects = file.unknownObjects
    candidates =
      file.stateDicts.count < 2
      ? nil
      : file.stateDicts.map {
        Candidate(
          key: $0.key, tensorCount: $0.tensorCount, isReadable: $0.isReadable,
          isUsed: $0.key == file.chosen.key)
      }
    tensors =
      listsTensors
      ? file.names.compactMap { file.tensors[$0] }.map {
        Tensor(name: $0.name, type: $0.scalarType.rawValue, shape: $0.shape)
      } : nil
    do {
      self.network = try network(file)
      needed = nil
    } catch  where needs {
      self.network = nil
      needed = OptionNames.text(error)
    }
  }

  /// A UNet or a classifier.
  struct Network: Encodable {
    private let kind: String
    private let configurationSource: String
    private let imageSidePixels: Int
    /// The shape of a latent, [C, h, w], or `nil` for models of images.
    private let latentShape: [Int]?
    private let classCount: Int?
    private let heads: Int?
    private let channelsPerHead: Int?
    private let attentionOrder: String?
    /// The preset from which settings are taken.
    private let preset: Preset?
    /// The process of steps, or `nil` with continuous noise levels.
    private let diffusion: Diffusion?
    private let preconditioning: Preconditioning?
    /// The operations of a forward pass, or of a classifier's gradient, for one image.
    private let flopsPerImage: Double
    private let command: String

    private struct Preset: Encodable {
      let name: String
      let reason: String
      /// The other presets with the same architecture.
      let alternatives: [String]

      init(_ choice: PresetChoice) {
        name = choice.preset.name
        reason =
          switch choice.reason {
          case .architecture: "architecture"
          case .fileName: "file_name"
          case .request: "request"
          }
        alternatives = choice.alternatives.map(\.name)
      }
    }

    private struct Diffusion: Encodable {
      let schedule: String
      let steps: Int
      let predictsXStart: Bool
      let learnsSigma: Bool
      let rescalesTimesteps: Bool
    }

    init(_ file: CheckpointFile, _ description: ModelDescription, command: String) throws {
      let (network, diffusion, graph) = (description.network, description.diffusion, Graph())
      _ = try network.network(in: file, prefix: description.prefix)
        .describe(in: graph, batch: 1, type: .f32)
      switch network {
      case .transformer(let transformer):
        (kind, heads, channelsPerHead) = ("transformer", transformer.heads, nil)
      case .unet(let unet):
        kind = "unet"
        (heads, channelsPerHead) = Self.heads(unet.heads)
      case .classifier, .decoder, .encoder: preconditionFailure("this network denoises nothing")
      }
      configurationSource = "\(description.origin)"
      imageSidePixels = description.imageSide
      latentShape = description.latentSpace.map { _ in
        [network.imageShape.channels, network.imageShape.height, network.imageShape.width]
      }
      classCount = network.classCount
      attentionOrder = description.unet?.attentionOrder.rawValue
      preset = description.origin.choice.map(Preset.init)
      preconditioning = diffusion.preconditioning
      self.diffusion =
        diffusion.preconditioning == nil
        ? Diffusion(
          schedule: diffusion.schedule.rawValue, steps: diffusion.steps,
          predictsXStart: diffusion.predictsXStart, learnsSigma: diffusion.learnsSigma,
          rescalesTimesteps: diffusion.rescalesTimesteps) : nil
      flopsPerImage = graph.flops
      self.command = command
    }

    init(_ file: CheckpointFile, _ description: ClassifierDescription, command: String) throws {
      let (encoder, graph) = (description.configuration, Graph())
      _ = try NetworkFile.classifier(file, encoder).describe(in: graph, batch: 1, type: .f32)
      kind = "classifier"
      latentShape = nil
      configurationSource = "\(description.origin)"
      imageSidePixels = encoder.imageSize
      classCount = encoder.classCount
      (heads, channelsPerHead) = Self.heads(encoder.heads)
      attentionOrder = encoder.attentionOrder.rawValue
      preset = nil
      preconditioning = nil
      diffusion = nil
      flopsPerImage = graph.flops
      self.command = command
    }

    private static func heads(_ heads: AttentionHeads) -> (Int?, Int?) {
      switch heads {
      case .count(let count): (count, nil)
      case .channelsEach(let width): (nil, width)
      }
    }
  }
}
