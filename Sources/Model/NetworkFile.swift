import Checkpoint
import Compute

/// A network of the file at hand, every tensor accounted for.
package enum NetworkFile {
  /// - Throws: `ParameterMismatch` that lists every tensor which is missing, unexpected or of
  ///   another shape, with what the flags may have got wrong.
  package static func unet(
    _ file: CheckpointFile, _ configuration: UNetConfiguration
  ) throws -> UNet {
    let reader = ParameterReader(file)
    let network = UNet(reader, configuration)
    try reader.check(against: file) {
      configuration.contradictions(with: try UNetSignature(shapes: $0))
    }
    return network
  }

  /// - Throws: as `unet` does.
  package static func classifier(
    _ file: CheckpointFile, _ configuration: ClassifierConfiguration
  ) throws -> NoisyClassifier {
    let reader = ParameterReader(file)
    let network = NoisyClassifier(reader, configuration)
    try reader.check(against: file) { shapes in
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
  fileprivate convenience init(_ file: CheckpointFile) {
    self.init { name, _ in
      guard let stored = file.tensors[name] else {
        throw CheckpointError.badData(
          path: file.path, place: name, reason: "this tensor is missing")
      }
      return try stored.tensor()
    }
  }

  fileprivate func check(
    against file: CheckpointFile, hints: ([String: [Int]]) throws -> [String]
  ) throws {
    let shapes = file.shapes
    guard let mismatch = ParameterMismatch(expected: expected, found: shapes) else { return }
    // The hints are worth having only where the file looks like such a network at all.
    let hints = (try? hints(shapes)) ?? []
    throw ParameterMismatch(expected: expected, found: shapes, hints: hints) ?? mismatch
  }
}
