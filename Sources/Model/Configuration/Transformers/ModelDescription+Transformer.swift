import Checkpoint
import Diffusion

extension ModelDescription {
  /// Determines the configuration of a diffusion transformer.
  ///
  /// - Parameters:
  ///   - file: the file, or a folder of the diffusers library.
  ///   - family: the family that the user named, or `nil` to find it.
  ///   - flags: the flags that the user gave, or `nil` for none.
  ///   - hints: what may decide between families.
  /// - Throws: `ConfigurationError`, or `CheckpointError` or `LatentScalingError` if the statistics of
  ///   the latents cannot be read.
  package init(
    transformer file: CheckpointFile, family: TransformerFamily?, flags: ModelFlags?,
    hints: PresetChoice.Hints
  ) throws {
    let choice = try TransformerChoice(
      shapes: file.shapes, folder: file.files.diffusers, family: family, flags: flags, hints: hints)
    self.init(
      network: .transformer(choice.configuration), diffusion: choice.process,
      origin: .transformer(choice), notes: choice.notes)
    guidedChannels = choice.family.guidedChannels
    latentSpace = LatentSpace(
      firstStage: try FirstStageDescription(
        beside: file, latentSide: choice.configuration.imageSize),
      scaling: try .ofTransformer(choice.configuration, in: file),
      rounding: choice.family.roundsPixels ? .rounded : .truncated)
  }
}
