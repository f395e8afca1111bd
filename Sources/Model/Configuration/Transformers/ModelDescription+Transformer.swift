import Diffusion

extension ModelDescription {
  /// Determines the configuration of a diffusion transformer.
  ///
  /// - Parameters:
  ///   - shapes: the shape of every tensor by its name in the file.
  ///   - family: the family that the user named, or `nil` to find it.
  ///   - flags: the flags that the user gave, or `nil` for none.
  ///   - hints: what may decide between families.
  /// - Throws: `ConfigurationError`.
  package init(
    transformer shapes: [String: [Int]], family: TransformerFamily?, flags: ModelFlags?,
    hints: PresetChoice.Hints
  ) throws {
    let choice = try TransformerChoice(shapes: shapes, family: family, flags: flags, hints: hints)
    self.init(
      network: .transformer(choice.configuration), diffusion: choice.process,
      origin: .transformer(choice), notes: choice.notes)
    guidedChannels = choice.family.guidedChannels
    latentSpace = LatentSpace(
      scaling: .stableDiffusion, rounding: choice.family.roundsPixels ? .rounded : .truncated)
  }
}
