import Diffusion
import Foundation
import Model
import Testing

/// The shapes of a state dict and the arguments of the network, from
/// scripts/make-statedict-shapes.py.
struct StateDictFixture: CustomTestStringConvertible, Sendable {
  let name: String
  let header: Header
  /// The parameters in the order of the state dict.
  let parameters: [(name: String, shape: [Int])]

  let shapes: [String: [Int]]
  var testDescription: String { name }

  struct Header: Decodable, Sendable {
    let flags: String?
    /// Other published models with the same architecture.
    let also: [String]?
    let diffusion: DiffusionArguments?
    /// That of consistency_models, which has no arguments of a diffusion.
    let trainingMode: String?
    let network: NetworkArguments
  }

  /// The arguments of `create_gaussian_diffusion`, with the reference's names.
  struct DiffusionArguments: Decodable, Sendable {
    let diffusionSteps: Int
    let noiseSchedule: String
    let learnSigma: Bool
    let predictXstart: Bool
    let rescaleTimesteps: Bool
  }

  /// The arguments of the reference's constructors, with the reference's names.
  struct NetworkArguments: Decodable, Sendable {
    let imageSize: Int
    let inChannels: Int
    let modelChannels: Int
    let outChannels: Int
    let numResBlocks: Int
    let attentionResolutions: [Int]
    let channelMult: [Double]
    let convResample: Bool
    let numClasses: Int?
    let numHeads: Int
    let numHeadChannels: Int
    let numHeadsUpsample: Int
    let useScaleShiftNorm: Bool
    let resblockUpdown: Bool
    let useNewAttentionOrder: Bool
    let pool: String?
  }

  static func named(_ name: String) throws -> StateDictFixture {
    try #require(all.first { $0.name == name })
  }

  /// The fixture of a published model.
  static func of(_ preset: ModelPreset) throws -> StateDictFixture {
    try #require(
      all.first { $0.name == preset.name || $0.header.also?.contains(preset.name) == true },
      "no fixture for \(preset.name)")
  }

  static let all: [StateDictFixture] = {
    let folder = Bundle.module.resourceURL!.appendingPathComponent("Fixtures/shapes")
    let files = try! FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return try! files.sorted { $0.path < $1.path }.map(StateDictFixture.init(file:))
  }()

  static let classifiers = all.filter { $0.header.network.pool != nil }
  static let upsamplers = all.filter { $0.name.contains("upsample") }
  static let unets = all.filter {
    $0.header.network.pool == nil && !$0.name.contains("upsample")
  }

  private init(file: URL) throws {
    name = file.deletingPathExtension().lastPathComponent
    let lines = try Data(contentsOf: file).split(separator: UInt8(ascii: "\n"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    header = try decoder.decode(Header.self, from: lines[0])
    parameters = lines.dropFirst().map { line in
      let parts = line.split(separator: UInt8(ascii: " "))
      let sizes = parts[1].split(separator: UInt8(ascii: "x"))
      return (
        String(decoding: parts[0], as: UTF8.self),
        sizes.map { Int(String(decoding: $0, as: UTF8.self))! }
      )
    }
    shapes = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.shape) })
  }

  private var heads: AttentionHeads {
    let network = header.network
    return network.numHeadChannels == -1
      ? .count(network.numHeads) : .channelsEach(network.numHeadChannels)
  }

  var unet: UNetConfiguration {
    let network = header.network
    let hasHeadsUp = network.numHeadsUpsample != -1 && network.numHeadChannels == -1
    return UNetConfiguration(
      imageSize: network.imageSize, inChannels: network.inChannels,
      modelChannels: network.modelChannels, residualBlocks: network.numResBlocks,
      channelMultipliers: network.channelMult,
      attentionDownsamplings: network.attentionResolutions.sorted(), heads: heads,
      headsUp: hasHeadsUp ? .count(network.numHeadsUpsample) : nil,
      // consistency_models has the new order, whatever its flag says.
      attentionOrder: network.useNewAttentionOrder || isConsistency ? .new : .legacy,
      usesScaleShiftNorm: network.useScaleShiftNorm,
      resamplesInResidualBlocks: network.resblockUpdown,
      convolvesWhenResampling: network.convResample, classCount: network.numClasses,
      learnsSigma: network.outChannels == 6, attentionDimensions: isConsistency ? 2 : nil)
  }

  private var isConsistency: Bool { header.trainingMode != nil }

  var classifier: ClassifierConfiguration {
    let network = header.network
    return ClassifierConfiguration(
      imageSize: network.imageSize, modelChannels: network.modelChannels,
      residualBlocks: network.numResBlocks, channelMultipliers: network.channelMult,
      attentionDownsamplings: network.attentionResolutions.sorted(), heads: heads,
      attentionOrder: network.useNewAttentionOrder ? .new : .legacy,
      usesScaleShiftNorm: network.useScaleShiftNorm,
      resamplesInResidualBlocks: network.resblockUpdown,
      convolvesWhenResampling: network.convResample,
      pool: ClassifierConfiguration.Pool(rawValue: network.pool ?? "") ?? .adaptive,
      classCount: network.outChannels)
  }

  var diffusion: DiffusionConfiguration? {
    if let mode = header.trainingMode {
      return DiffusionConfiguration(Preconditioning(isConsistencyModel: mode != "edm"))
    }
    return header.diffusion.map {
      DiffusionConfiguration(
        schedule: NoiseSchedule(rawValue: $0.noiseSchedule)!, steps: $0.diffusionSteps,
        learnsSigma: $0.learnSigma, predictsXStart: $0.predictXstart,
        rescalesTimesteps: $0.rescaleTimesteps)
    }
  }
}
