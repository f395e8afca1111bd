import ArgumentParser
import Model
import Program

extension TransformerFamily: ExpressibleByArgument {
  static let names = allCases.map(\.rawValue).joined(separator: ", ")
}

/// The options that choose the model.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Checkpoint of the model (.pt, .ckpt, .bin, .safetensors, or a diffusers folder), or the name"
        + " of a bundled model.",
      valueName: "file or name"),
    completion: .file())
  var model: String = "fashion-mnist"

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "guided-diffusion's MODEL_FLAGS, for settings that cannot be inferred from the file.",
      valueName: "flags"))
  var modelFlags: String?

  @Option(
    help: ArgumentHelp(
      "Preset whose settings the checkpoint has; 'diffuse-mpi models' lists them. (default: found by architecture and file name)",
      valueName: "name"))
  var preset: String?

  @Option(
    help: ArgumentHelp(
      "Which weights of the checkpoint to use, if it holds several. (default: the averaged ones)",
      valueName: "key"))
  var modelKey: String?

  @Option(
    help: ArgumentHelp(
      "Settings of a latent diffusion checkpoint, the .yaml file of its project. (default: found by architecture)",
      valueName: "file"),
    completion: .file())
  var config: String?

  @Option(
    help: ArgumentHelp(
      "Autoencoder that makes images of a model's latents: a checkpoint, or a folder of diffusers. (default: the one in the model's file)",
      valueName: "file or folder"),
    completion: .file())
  var firstStage: String?

  @Option(
    help: ArgumentHelp(
      "Family of a transformer, which its file does not say: \(TransformerFamily.names). (default: by file name, else dit)",
      valueName: "family"))
  var family: TransformerFamily?

  var request: JobRequest.Networks {
    var networks = JobRequest.Networks(model: model)
    networks.config = config
    networks.firstStage = firstStage
    networks.family = family
    networks.modelFlags = modelFlags
    networks.modelKey = modelKey
    networks.preset = preset
    return networks
  }
}

/// The options that choose the networks.
///
/// `.unconditional`, here and in the other groups, allows values that begin with a dash, such as
/// flags and negative numbers.
struct NetworkOptions: ParsableArguments {
  @OptionGroup var model: ModelOptions

  @Option(
    help: ArgumentHelp(
      "Checkpoint of the noisy classifier that guides sampling.", valueName: "file"),
    completion: .file())
  var classifier: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "guided-diffusion's CLASSIFIER_FLAGS, for settings that cannot be inferred from the file.",
      valueName: "flags"))
  var classifierFlags: String?

  @Option(help: ArgumentHelp("The same for the classifier's checkpoint.", valueName: "key"))
  var classifierKey: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Strength of the guidance; 0 turns it off. (default: the model authors' choice, or 1)",
      valueName: "scale"))
  var classifierScale: Float?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Class that stands for no class, if the model was trained with one.", valueName: "class"))
  var nullClass: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Strength of classifier-free guidance with the null class; 1 turns it off. (default: 1)",
      valueName: "scale"))
  var cfgScale: Float?

  @Option(
    help: ArgumentHelp(
      "Checkpoint of a second model to move away from: an unconditional or a weaker one.",
      valueName: "file"),
    completion: .file())
  var guide: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("MODEL_FLAGS of the second model.", valueName: "flags"))
  var guideFlags: String?

  @Option(help: ArgumentHelp("Which weights of its checkpoint to use.", valueName: "key"))
  var guideKey: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Strength of the guidance by the second model; 1 turns it off.", valueName: "scale"))
  var guideScale: Float?

  var request: JobRequest.Networks {
    var networks = model.request
    networks.classifier = classifier
    networks.classifierFlags = classifierFlags
    networks.classifierKey = classifierKey
    networks.classifierScale = classifierScale
    networks.nullClass = nullClass
    networks.cfgScale = cfgScale
    networks.guide = guide
    networks.guideFlags = guideFlags
    networks.guideKey = guideKey
    networks.guideScale = guideScale
    return networks
  }
}
