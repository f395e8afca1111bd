import Checkpoint
import Compute
import Foundation
import Model
import Synchronization
import TestSupport
import Testing

/// A first stage in first-stages.json (scripts/fixtures/first_stages.py).
struct FirstStageCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// The Python class, and the settings in its YAML file.
  let target: String
  let parameters: [String: Setting]
  let network: [String: Setting]
  /// The seed of the weights and of the inputs.
  let seed: Int
  /// The stride of the stored values of the images, and the largest magnitude.
  let stride: Int
  let largest: Float
  let parameterTensors: Int
  let layers: [NetworkCase<AutoencoderConfiguration>.Layer]

  var testDescription: String { name }

  static let batch = 2
  static let all: [FirstStageCase] = Fixtures.firstStages.cases
  static func named(_ name: String) -> FirstStageCase { all.first { $0.name == name }! }

  /// The configuration that the YAML file describes.
  func configuration() throws -> AutoencoderConfiguration {
    try AutoencoderConfiguration(
      target: target, parameters: NamedSettings("params", parameters),
      network: NamedSettings("ddconfig", network))
  }

  /// The names and shapes of both networks, sorted by name.
  func shapes() throws -> [(name: String, shape: [Int])] {
    let reader = ParameterReader(shapesOnly: ())
    _ = AutoencoderDecoder(reader, try configuration())
    _ = AutoencoderEncoder(reader, try configuration())
    return reader.expected.sorted { $0.name < $1.name }
  }

  /// The weights by the rule of scripts/fixtures/weights.py. Those of cases that many tests use are
  /// computed once.
  func weights() throws -> [String: Tensor] {
    guard DiffusersFirstStage.all.contains(where: { $0.name == name }) else {
      return try computedWeights()
    }
    return try Self.kept.withLock { kept in
      if let weights = kept[name] { return weights }
      let weights = try computedWeights()
      kept[name] = weights
      return weights
    }
  }

  private static let kept = Mutex<[String: [String: Tensor]]>([:])

  private func computedWeights() throws -> [String: Tensor] {
    let numbered = try shapes().enumerated()
    return Dictionary(
      uniqueKeysWithValues: numbered.map { number, parameter in
        let (name, shape) = parameter
        return (name, scaledFixture(name, torchNormal(shape, seed: 1000 * seed + number)))
      })
  }

  func reader() throws -> ParameterReader {
    let weights = try weights()
    return ParameterReader { name, _ in weights[name]! }
  }

  /// The latents that the fixture decodes.
  var latents: Tensor {
    get throws {
      let configuration = try configuration()
      return torchNormal(
        [
          Self.batch, configuration.latentChannels, configuration.latentHeight,
          configuration.latentWidth,
        ], seed: seed)
    }
  }

  /// The images that the fixture encodes.
  var images: Tensor {
    get throws {
      let configuration = try configuration()
      return torchNormal(
        [Self.batch, 3, configuration.imageHeight, configuration.imageWidth], seed: seed + 1)
    }
  }

  /// A tensor that latent diffusion computed.
  func expected(_ key: String) throws -> [Float] {
    try Fixtures.tensors("first-stages").tensors["\(name).\(key)"]!.tensor().elements
  }

  /// Returns the stored part of decoded images.
  func sample(_ images: [Float]) -> [Float] {
    Swift.stride(from: 0, to: images.count, by: stride).map { images[$0] }
  }
}

extension FirstStageCase: Decodable {
  private enum Key: String, CodingKey {
    case name, target, parameters, network, seed, stride, largest, parameterTensors, layers
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    name = try container.decode(String.self, forKey: .name)
    target = try container.decode(String.self, forKey: .target)
    parameters = try container.decode([String: StoredSetting].self, forKey: .parameters)
      .mapValues(\.setting)
    network = try container.decode([String: StoredSetting].self, forKey: .network)
      .mapValues(\.setting)
    seed = try container.decode(Int.self, forKey: .seed)
    stride = try container.decode(Int.self, forKey: .stride)
    largest = try container.decode(Float.self, forKey: .largest)
    parameterTensors = try container.decode(Int.self, forKey: .parameterTensors)
    layers = try container.decode(
      [NetworkCase<AutoencoderConfiguration>.Layer].self, forKey: .layers)
  }
}

/// A setting in a fixture: a flag, a number, a text or a list of numbers.
private struct StoredSetting: Decodable {
  let setting: Setting

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      setting = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      setting = .number(number)
    } else if let text = try? container.decode(String.self) {
      setting = .text(text)
    } else {
      setting = .list(try container.decode([Double].self).map(Setting.number))
    }
  }
}

/// A folder of the diffusers library in first-stages.json.
struct DiffusersFirstStage: Decodable, Sendable, CustomTestStringConvertible {
  struct TensorNames: Decodable, Sendable {
    /// The name in diffusers, and in latent diffusion.
    let name: String
    let ours: String
    /// The shape in diffusers.
    let shape: [Int]
  }

  /// The name of the case with the same weights.
  let name: String
  /// The text of config.json.
  let config: String
  let tensors: [TensorNames]

  var testDescription: String { name }
  var fixture: FirstStageCase { .named(name) }

  static let all: [DiffusersFirstStage] = Fixtures.firstStages.diffusers
  static func named(_ name: String) -> DiffusersFirstStage { all.first { $0.name == name }! }

  /// The spellings of the names of attention.
  enum Spelling: CaseIterable {
    case current
    /// Those of versions before 0.15.
    case old
    /// The old ones, with 1×1 convolutions instead of linear layers.
    case convolutions

    func name(_ name: String) -> String {
      guard self != .current, name.contains(".attentions.") else { return name }
      let old = ["to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"]
      return old.reduce(name) { $0.replacingOccurrences(of: ".\($1.key).", with: ".\($1.value).") }
    }

    func shape(_ shape: [Int], named name: String) -> [Int] {
      self == .convolutions && name.contains(".attentions.") && shape.count == 2
        ? shape + [1, 1] : shape
    }
  }

  /// Writes config.json and the weights into a folder.
  func write(
    to folder: TemporaryFolder, part: String = "", _ spelling: Spelling = .current,
    changing change: (inout [String: Any]) -> Void = { _ in }
  ) throws {
    var settings = try JSONSerialization.jsonObject(with: Data(config.utf8)) as! [String: Any]
    change(&settings)
    try folder.write(
      JSONSerialization.data(withJSONObject: settings), to: "\(part)config.json")
    let weights = try fixture.weights()
    var file = SafetensorsFile()
    for tensor in tensors {
      file.tensors[spelling.name(tensor.name)] = .init(
        f32: weights[tensor.ours]!.elements,
        shape: spelling.shape(tensor.shape, named: tensor.name))
    }
    try file.write(
      to: folder.url.appending(path: "\(part)diffusion_pytorch_model.safetensors"))
  }
}

/// The cases in first-stages.json.
struct FirstStageCases: Decodable {
  let cases: [FirstStageCase]
  let diffusers: [DiffusersFirstStage]
}

extension Fixtures {
  static let firstStages: FirstStageCases = decoded("first-stages.json")
}

extension SafetensorsFile {
  /// A file with the weights of a first stage under latent diffusion's names, after a prefix.
  init(_ fixture: FirstStageCase, prefix: String = "") throws {
    self.init()
    for (name, tensor) in try fixture.weights() {
      tensors[prefix + name] = .init(f32: tensor.elements, shape: tensor.shape)
    }
  }
}
