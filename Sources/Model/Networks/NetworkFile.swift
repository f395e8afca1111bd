import Checkpoint
import Compute

/// Builds networks from the tensors of a file, every one of which has to be accounted for.
///
/// A file may hold several networks, each under a prefix of its own, such as the
/// `first_stage_model.` of a latent model. Tensors outside the prefix are then left alone.
package enum NetworkFile {
  /// - Parameter prefix: the beginning of the names of the network's tensors, with its dot.
  /// - Throws: `ParameterMismatch` that lists every tensor which is missing, unexpected or of
  ///   another shape, with what the flags may have got wrong.
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

  /// - Throws: as `unet` does.
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
}

extension CheckpointFile {
  package var shapes: [String: [Int]] { tensors.mapValues(\.shape) }
}

extension ParameterReader {
  fileprivate convenience init(_ file: CheckpointFile, prefix: String) {
    self.init { name, _ in
      guard let stored = file.tensors[prefix + name] else {
        throw CheckpointError.badData(
          path: file.path, place: prefix + name, reason: "this tensor is missing")
      }
      return try stored.tensor()
    }
  }

  fileprivate func check(
    against file: CheckpointFile, prefix: String, hints: ([String: [Int]]) throws -> [String]
  ) throws {
    let within = file.shapes.filter { $0.key.hasPrefix(prefix) }
    let shapes = Dictionary(
      uniqueKeysWithValues: within.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    guard let mismatch = ParameterMismatch(expected: expected, found: shapes) else { return }
    // The hints are worth having only where the file looks like such a network at all.
    let hints = (try? hints(shapes)) ?? []
    throw ParameterMismatch(expected: expected, found: shapes, hints: hints) ?? mismatch
  }
}
