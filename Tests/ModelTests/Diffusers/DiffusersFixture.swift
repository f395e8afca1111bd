import Checkpoint
import Compute
import Foundation
import Model
import TestSupport
import Testing

/// A pipeline of the diffusers library in diffusers.json (scripts/fixtures/diffusers_unets.py).
struct DiffusersCase: Decodable, Sendable, CustomTestStringConvertible {
  struct Parameter: Decodable, Sendable {
    let name: String
    let shape: [Int]
    /// The number in the rule for the values.
    let number: Int
  }

  let name: String
  /// The text of config.json.
  let config: String
  /// The text of scheduler_config.json.
  let scheduler: String
  let parameters: [Parameter]
  /// The seed of the weights and of the input.
  let weightSeed: Int
  let timesteps: [Float]
  let labels: [Int]?

  var testDescription: String { name }

  static let all: [DiffusersCase] = {
    struct Cases: Decodable { let cases: [DiffusersCase] }
    let cases: Cases = Fixtures.decoded("diffusers.json")
    return cases.cases
  }()

  /// The case with the options of the released networks.
  static var released: DiffusersCase { all[0] }

  /// Writes the pipeline into a folder.
  ///
  /// - Parameter values: whether the weights have their values. Otherwise they are zero.
  func write(to folder: URL, values: Bool = true) throws {
    try write("{\"_class_name\": \"DDPMPipeline\"}", to: folder.appending(path: "model_index.json"))
    try write(config, to: folder.appending(path: "unet/config.json"))
    try write(scheduler, to: folder.appending(path: "scheduler/scheduler_config.json"))
    var file = SafetensorsFile()
    for parameter in parameters {
      let tensor =
        values
        ? scaledFixture(
          parameter.name, torchNormal(parameter.shape, seed: 1000 * weightSeed + parameter.number))
        : Tensor(zeros: parameter.shape)
      file.tensors[parameter.name] = .init(f32: tensor.elements, shape: parameter.shape)
    }
    try file.write(to: folder.appending(path: "unet/diffusion_pytorch_model.safetensors"))
  }

  private func write(_ text: String, to file: URL) throws {
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }
}
