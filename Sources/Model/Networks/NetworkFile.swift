import Checkpoint
import Compute

/// Builds networks from the tensors of a file. Every tensor must belong to the network.
///
/// A file may hold several networks, each under its own prefix, such as the `first_stage_model.` of
/// a latent model. Tensors outside the prefix are then ignored.
package enum NetworkFile {
  /// - Parameter prefix: the prefix of the names of the network's tensors, with its dot.
  /// - Throws: `ParameterMismatch` that lists every tensor that is missing, unexpected or of another
  ///   shape, with hints about flags that may be wrong.
  package static func unet(
    _ file: CheckpointFile, _ configuration: UNetConfiguration, prefix: String = ""
  ) throws -> UNet {
    let reader = ParameterReader(file, prefix: prefix)
    let network = UNet(reader, configuration)
    try reader.check(against: file, prefix: prefix) {
      configuration.contradictions(with: try UNetSignature(shapes: $0))
    }
    return network
  }

  /// - Throws: the errors of `unet`.
  package static func classifier(
    _ file: CheckpointFile, _ configuration: ClassifierConfiguration, prefix: String = ""
  ) throws -> NoisyClassifier {
    let reader = ParameterReader(file, prefix: prefix)
    let network = NoisyClassifier(reader, configuration)
    try reader.check(against: file, prefix: prefix) { shapes in
      let candidates = try ClassifierSignature.candidates(shapes: shapes)
      return candidates.map { configuration.contradictions(with: $0) }
        .min { $0.count < $1.count } ?? []
    }
    return network
  }

  /// Parts of REPA and REPA-E that only their training uses.
  private static let trainingParts = ["projectors.", "bn."]

  /// - Throws: `ParameterMismatch`.
  package static func transformer(
    _ file: CheckpointFile, _ configuration: TransformerConfiguration, prefix: String = ""
  ) throws -> DiffusionTransformer {
    let reader = ParameterReader(file, prefix: prefix)
    let network = DiffusionTransformer(reader, configuration)
    try reader.check(against: file, prefix: prefix, ignoring: trainingParts) { _ in [] }
    return network
  }
}

extension CheckpointFile {
  package var shapes: [String: [Int]] { tensors.mapValues(\.shape) }

  /// Reads the tensor with this name.
  func parameter(_ name: String) throws -> Tensor {
    guard let stored = tensors[name] else {
      throw CheckpointError.badData(path: path, place: name, reason: "this tensor is missing")
    }
    return try stored.tensor()
  }
}

extension ParameterReader {
  fileprivate convenience init(_ file: CheckpointFile, prefix: String) {
    self.init { name, _ in try file.parameter(prefix + name) }
  }

  /// - Parameter ignored: the prefixes of names that do not have to belong to the network.
  fileprivate func check(
    against file: CheckpointFile, prefix: String, ignoring ignored: [String] = [],
    hints: ([String: [Int]]) throws -> [String]
  ) throws {
    let within = file.shapes.filter { $0.key.hasPrefix(prefix) }
      .map { (name: String($0.key.dropFirst(prefix.count)), shape: $0.value) }
    let shapes = Dictionary(
      uniqueKeysWithValues: within.filter { tensor in
        !ignored.contains { tensor.name.hasPrefix($0) }
      }.map { ($0.name, $0.shape) })
    guard let mismatch = ParameterMismatch(expected: expected, found: shapes) else { return }
    // The hints are useful only if the file looks like such a network at all.
    let hints = (try? hints(shapes)) ?? []
    throw ParameterMismatch(expected: expected, found: shapes, hints: hints) ?? mismatch
  }
}
