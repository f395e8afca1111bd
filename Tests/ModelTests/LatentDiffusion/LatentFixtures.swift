import Checkpoint
import Compute
import Diffusion
import Foundation
import Model
import Synchronization
import TestSupport
import Testing

/// The small models in Fixtures/latent (scripts/fixtures/latent_models.py).
enum LatentFixtures {
  static let folder = Fixtures.folder.appending(path: "latent")
  static let networks: LatentNetworkCases = Fixtures.decoded("latent/networks.json")
  static let runs: [LatentRunCase] = {
    struct Runs: Decodable { let runs: [LatentRunCase] }
    let runs: Runs = Fixtures.decoded("latent/runs.json")
    return runs.runs
  }()

  /// The published models, whose shapes are in Fixtures/latent/shapes, with others of the same
  /// architecture.
  static let published = [
    "cin256-v2": ["cin256-v2"], "cin256": ["cin256"], "lsun_churches256": ["lsun_churches256"],
    "celeba256": ["celeba256", "ffhq256", "lsun_beds256"],
  ]

  static func config(_ name: String) throws -> LatentConfigFile {
    try LatentConfigFile(folder.appending(path: "\(name).yaml").path)
  }

  /// The shapes of a published model's state dict, in its order.
  static func shapes(_ name: String) throws -> [(name: String, shape: [Int])] {
    let file = folder.appending(path: "shapes/\(name).txt")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
      let parts = line.split(separator: " ")
      return (String(parts[0]), parts[1].split(separator: "x").compactMap { Int($0) })
    }
  }

  /// The denoiser of a case, with the values of the fixtures.
  static func unet(_ name: String) throws -> UNet {
    let fixture = try #require(networks.cases.first { $0.name == name })
    let configuration = try config(name).unet
    let numbers = ParameterReader(shapesOnly: ())
    _ = UNet(numbers, configuration)
    let names = numbers.expected.map(\.name).sorted()
    let reader = ParameterReader { parameter, shape in
      let number = names.firstIndex(of: parameter)!
      return weights.tensor("\(name) \(parameter)") {
        scaledFixture(parameter, torchNormal(shape, seed: 1000 * fixture.seed + number))
      }
    }
    return UNet(reader, configuration)
  }

  /// The values of all parameters so far, because making them takes longer than a run.
  private static let weights = Weights()

  private final class Weights: Sendable {
    private let tensors = Mutex<[String: Tensor]>([:])

    func tensor(_ name: String, _ make: () -> Tensor) -> Tensor {
      if let known = tensors.withLock({ $0[name] }) { return known }
      let made = make()
      tensors.withLock { $0[name] = made }
      return made
    }
  }
}

struct LatentNetworkCases: Decodable {
  let timesteps: [Float]
  let cases: [LatentNetworkCase]
}

struct LatentNetworkCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  /// The seed of the weights and of the input.
  let seed: Int
  let labels: [Int]?
  let parameterTensors: Int
  let parameterElements: Int
  let layers: [NetworkCase<UNetConfiguration>.Layer]

  var testDescription: String { name }
}

struct LatentRunCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let model: String
  let sampler: SolverSettings.Name
  let steps: Int
  let eta: Float
  /// The scale of classifier-free guidance, where 1 is none.
  let scale: Float
  let seeds: [UInt64]
  let labels: [Int]?

  var testDescription: String { name }

  var settings: SolverSettings {
    SolverSettings(sampler == .plms ? .plms : .ddim(eta: eta), steps: "\(steps)")
  }
}
