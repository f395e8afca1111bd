import ArgumentParser

/// Which networks to run.
///
/// Values that begin with a dash, as flags and negative numbers do, are values all the same
/// (`.unconditional`); so in the other groups.
struct NetworkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Checkpoint of the model (.pt, .ckpt, .safetensors), or a bundled model's name.",
      valueName: "file or name"),
    completion: .file())
  var model: String = "fashion-mnist"

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "guided-diffusion's MODEL_FLAGS, word for word, where the file does not say them.",
      valueName: "flags"))
  var modelFlags: String?

  @Option(
    help: ArgumentHelp(
      "Checkpoint of the noisy classifier that guides sampling.", valueName: "file"),
    completion: .file())
  var classifier: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "guided-diffusion's CLASSIFIER_FLAGS, word for word, where the file does not say them.",
      valueName: "flags"))
  var classifierFlags: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Strength of the guidance; 0 turns it off. (default: as the model's authors sampled it, or 1)",
      valueName: "scale"))
  var classifierScale: Float?
}
