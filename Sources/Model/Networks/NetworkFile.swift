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

  /// Returns the decoder of an autoencoder. Only tensors of a decoder are compared.
  ///
  /// - Throws: the errors of `unet`.
  package static func decoder(
    _ file: CheckpointFile, _ configuration: AutoencoderConfiguration, prefix: String = ""
  ) throws -> AutoencoderDecoder {
    let reader = ParameterReader(file, prefix: prefix)
    let network = AutoencoderDecoder(reader, configuration)
    try reader.check(
      against: file, prefix: prefix, parts: ["decoder.", "post_quant_conv."], configuration)
    return network
  }

  /// Returns the encoder of an autoencoder. Only tensors of an encoder are compared.
  ///
  /// - Throws: the errors of `unet`.
  package static func encoder(
    _ file: CheckpointFile, _ configuration: AutoencoderConfiguration, prefix: String = ""
  ) throws -> AutoencoderEncoder {
    let reader = ParameterReader(file, prefix: prefix)
    let network = AutoencoderEncoder(reader, configuration)
    try reader.check(
      against: file, prefix: prefix, parts: ["encoder.", "quant_conv."], configuration)
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

  /// The shapes of the tensors whose names begin with `prefix`, by the rest of their names.
  package func shapes(under prefix: String) -> [String: [Int]] {
    let within = tensors.filter { $0.key.hasPrefix(prefix) }
    return Dictionary(
      uniqueKeysWithValues: within.map { (String($0.key.dropFirst(prefix.count)), $0.value.shape) })
  }

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
    let shapes = file.shapes(under: prefix).filter { name, _ in
      !ignored.contains { name.hasPrefix($0) }
    }
    try check(shapes) { try hints(shapes) }
  }

  /// Compares the tensors that belong to one of the two networks of an autoencoder.
  ///
  /// - Parameter parts: the prefixes of names that only this network has.
  fileprivate func check(
    against file: CheckpointFile, prefix: String, parts: [String],
    _ configuration: AutoencoderConfiguration
  ) throws {
    let all = file.shapes(under: prefix)
    let wanted = Set(expected.map(\.name))
    let own = all.filter { name, _ in
      wanted.contains(name) || parts.contains { name.hasPrefix($0) }
    }
    try check(own) { configuration.contradictions(with: try .init(shapes: all)) }
  }

  private func check(_ found: [String: [Int]], hints: () throws -> [String]) throws {
    guard let mismatch = ParameterMismatch(expected: expected, found: found) else { return }
    // The hints are useful only if the file looks like such a network at all.
    let hints = (try? hints()) ?? []
    throw ParameterMismatch(expected: expected, found: found, hints: hints) ?? mismatch
  }
}
