import Checkpoint

/// The file of a diffusion model of any family, with the YAML file that may describe it.
package struct ModelFile {
  package let file: CheckpointFile
  private let config: LatentConfigFile?

  /// Opens a model.
  ///
  /// - Parameters:
  ///   - config: the path of the YAML file of a latent diffusion model, or `nil` without one.
  ///   - key: the state dict to read if the file holds several.
  /// - Throws: `CheckpointError` if a file cannot be read, and `ConfigurationError` if the YAML file is
  ///   not one of a model that this program can run.
  package init(_ path: String, config: String? = nil, key: String? = nil) throws {
    self.config = try config.map { try LatentConfigFile($0) }
    // The largest dictionary of a file may be another network than the transformer.
    if let file = try? CheckpointFile.open(path, for: .transformer, key: key),
      TransformerSignature.recognises(file.names)
    {
      self.file = file
      return
    }
    let file = try CheckpointFile.open(path, for: .unet, key: key)
    if TransformerSignature.recognises(file.names) {
      self.file = try CheckpointFile.open(path, for: .transformer, key: key)
    } else if key == nil, let plain = self.config?.key(insteadOf: file) {
      self.file = try CheckpointFile.open(path, for: .unet, key: plain)
    } else {
      self.file = file
    }
  }

  /// Whether the model makes latents: a latent diffusion model or a transformer.
  package var isOfLatents: Bool {
    file.isLatentDiffusion || TransformerSignature.recognises(file.names)
  }

  /// Determines the configuration of the model.
  ///
  /// - Parameters:
  ///   - flags: `nil` if no flags were given.
  ///   - family: the family of a transformer, or `nil` to find it.
  ///   - preset: the preset whose settings the model has, or `nil` to find it.
  ///   - isUpsampler: whether the network must enlarge images, or must make them from noise. `nil`
  ///     allows both.
  /// - Throws: `ConfigurationError`, or `CheckpointError` if a tensor cannot be read.
  package func description(
    flags: ModelFlags?, family: TransformerFamily? = nil, preset: String? = nil,
    isUpsampler: Bool? = false
  ) throws -> ModelDescription {
    let hints = PresetChoice.Hints(path: file.path, preset: preset)
    if file.isLatentDiffusion {
      guard flags == nil else {
        throw ConfigurationError.flags(
          .model,
          "a latent diffusion model has no such flags: its settings come from the .yaml file of its"
            + " project, or from a preset")
      }
      return try ModelDescription(latentDiffusion: file, config: config, hints: hints)
    }
    if let config {
      throw ConfigurationError(
        .checkpoint,
        "\(config.name) describes a latent diffusion model, but this file holds none (there is no"
          + " \(LatentDiffusionNames.unet) among its names): leave it out")
    }
    if TransformerSignature.recognises(file.names) {
      return try ModelDescription(
        transformer: file, family: family, flags: flags, hints: hints)
    }
    if family != nil {
      throw ConfigurationError(
        .checkpoint, "only transformers have a family, and this is a UNet: leave it out")
    }
    return try ModelDescription(file, flags: flags, hints: hints, isUpsampler: isUpsampler)
  }
}
