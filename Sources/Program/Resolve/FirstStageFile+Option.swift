import Diffusion
import Model

extension FirstStageFile {
  /// Opens the first stage that an option names: a file, a folder, or the name of a bundled model.
  ///
  /// - Throws: the errors of `FirstStageFile` or `BundledModel`.
  init(option value: String, stated: AutoencoderConfiguration? = nil) throws {
    let isBundled = BundledModel.names.contains(value)
    try self.init(
      isBundled ? BundledModel(named: value).modelFile.path : value, stated: stated)
  }

  /// Returns the scale of the latents, and a note if nothing says what it is.
  ///
  /// - Parameter chosen: the factor that the user chose.
  func scaling(chosen: Double?) -> (LatentScaling, note: String?) {
    if let chosen { return (LatentScaling(factor: chosen), nil) }
    if let scaling { return (scaling, nil) }
    return (
      LatentScaling(),
      "the file does not show the scale of the latents, so they are not scaled; give it with --scale"
        + " (0.18215 for Stable Diffusion's autoencoders)"
    )
  }
}
