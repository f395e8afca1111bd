import ArgumentParser
import Model
import Program

/// `diffuse-mpi inspect`: shows the contents of a checkpoint.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a checkpoint holds, and what is still needed to run it.")

  @Argument(
    help: "A .pt, .ckpt, .bin or .safetensors file, a diffusers folder, or a bundled model's name.",
    completion: .file())
  var file: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("guided-diffusion's MODEL_FLAGS.", valueName: "flags"))
  var modelFlags: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("guided-diffusion's CLASSIFIER_FLAGS.", valueName: "flags"))
  var classifierFlags: String?

  @Option(
    help: ArgumentHelp(
      "Preset whose settings the model has. 'diffuse-mpi models' lists them.", valueName: "name"))
  var preset: String?

  @Option(
    help: ArgumentHelp(
      "Settings of a latent diffusion checkpoint, the .yaml file of its project.",
      valueName: "file"),
    completion: .file())
  var config: String?

  @Option(
    help: ArgumentHelp(
      "Family of a transformer, which its file does not say: \(TransformerFamily.names).",
      valueName: "family"))
  var family: TransformerFamily?

  @Option(
    help: ArgumentHelp(
      "Which weights to show, if the checkpoint holds several. (default: the averaged ones)",
      valueName: "key"))
  var key: String?

  @Flag(help: "List every tensor.")
  var tensors = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    guard Console.isFirstRank else { return }
    var report = CheckpointReport(file: file)
    report.modelFlags = modelFlags
    report.classifierFlags = classifierFlags
    report.preset = preset
    report.config = config
    report.family = family
    report.key = key
    report.listsTensors = tensors
    try report.show(asJSON: json)
  }
}
