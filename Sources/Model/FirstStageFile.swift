import Checkpoint
import Diffusion
import Wording

/// A first stage in a file: its architecture, the place of its tensors, and the scale of its latents.
///
/// The file may be one of its own, that of a whole latent diffusion model, or a folder of the
/// diffusers library.
package struct FirstStageFile: Sendable {
  package let file: CheckpointFile
  /// The architecture. The size of the images is the one that it was trained on.
  package let configuration: AutoencoderConfiguration
  /// The prefix of the names of its tensors in the file, with its dot.
  package let prefix: String
  /// The relation of the latents to those of a diffusion model, or `nil` if the file does not show it.
  package let scaling: LatentScaling?

  /// The beginning of a name that a first stage in a file of its own has.
  package static let anchor = "decoder.conv_in."

  /// Opens a first stage.
  ///
  /// - Parameters:
  ///   - path: a checkpoint of a first stage or of a whole model; or a folder of the diffusers library:
  ///     that of an autoencoder, or of a pipeline with one.
  ///   - stated: the configuration in a YAML file, if there is one.
  ///   - key: the state dict to read if the file holds several.
  /// - Throws: `CheckpointError` if the file cannot be read. `ConfigurationError` if it holds no first
  ///   stage that this program can run, or another one than `stated`.
  package init(
    _ path: String, stated: AutoencoderConfiguration? = nil, key: String? = nil
  ) throws {
    let file = try CheckpointFile.open(
      DiffusersFolder.autoencoder(in: path), for: .autoencoder, key: key)
    try self.init(in: file, stated: stated)
  }

  /// Finds the first stage in an open file.
  ///
  /// - Throws: as above.
  package init(in file: CheckpointFile, stated: AutoencoderConfiguration? = nil) throws {
    self.file = file
    let prefixInModels = LatentDiffusionNames.firstStage
    let isInModel = file.names.contains { $0.hasPrefix(prefixInModels) }
    prefix = isInModel ? prefixInModels : ""
    if let folder = file.files.diffusers {
      let described = try AutoencoderConfiguration(diffusers: folder.network)
      try described.check(against: file.shapes, named: folder.network.name)
      configuration = described
      scaling = try LatentScaling(
        diffusers: folder.network, channels: described.latentChannels)
      return
    }
    let shapes = file.shapes(under: prefix)
    try stated?.check(against: shapes, named: "the configuration")
    let found = try stated ?? AutoencoderConfiguration(shapes: shapes)
    configuration = found
    scaling = try Self.scaling(file, found)
  }

  /// The scale of the latents: in a model trained with `scale_by_std`, its buffer `scale_factor`.
  private static func scaling(
    _ file: CheckpointFile, _ configuration: AutoencoderConfiguration
  ) throws -> LatentScaling? {
    guard let stored = file.tensors[LatentDiffusionNames.scaleFactor] else {
      return configuration.kind == .kl ? nil : LatentScaling()
    }
    let values = stored.count == 1 ? try stored.tensor().elements : []
    let scaling = LatentScaling(factor: values.first.map(Double.init) ?? .nan)
    do {
      try scaling.validate(channels: configuration.latentChannels)
    } catch {
      throw CheckpointError.badData(
        path: file.path, place: "tensor \(LatentDiffusionNames.scaleFactor)", reason: "\(error)")
    }
    return scaling
  }
}

extension AutoencoderConfiguration {
  /// - Throws: `ConfigurationError` if the tensors are those of another autoencoder.
  fileprivate func check(against shapes: [String: [Int]], named name: String) throws {
    let differences = contradictions(with: try AutoencoderConfiguration(shapes: shapes))
    guard differences.isEmpty else {
      throw ConfigurationError(
        .checkpoint, "\(name) does not describe the weights of the first stage",
        details: differences)
    }
  }
}
