import ArgumentParser
import Program

/// `diffuse-mpi decode`: turns latents into images.
struct Decode: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn latents into images with the first stage of a model.",
    discussion: """
      Latent i becomes image i. This is a job like that of sample: it runs on any number of ranks, \
      writes the same files, and the same command continues it if it has ended early. encode makes \
      latents of images.
      """)

  @Argument(
    help: ArgumentHelp(
      """
      Latents as a sampler ends with them: an .npy file, or an .npz file whose first array they are, \
      float32 [images, channels, height, width]. If the second array has one integer for each image, \
      these are the labels.
      """, valueName: "file"),
    completion: .file(extensions: ["npy", "npz"]))
  var latents: String

  @Option(
    help: ArgumentHelp(
      "Model that made the latents, which gives their scale: a checkpoint, or the name of a bundled model. Its first stage decodes them, unless --first-stage names another one.",
      valueName: "file or name"),
    completion: .file())
  var model: String?

  @Option(
    help: ArgumentHelp(
      "First stage: a checkpoint of its own or of a latent diffusion model, or a diffusers folder.",
      valueName: "file or folder"),
    completion: .file())
  var firstStage: String?

  @Option(
    help: ArgumentHelp(
      "Settings of a latent diffusion model, the .yaml file of its project.", valueName: "file"),
    completion: .file())
  var config: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Factor of the latents, such as 0.18215, if no model is given. (default: as the file of the first stage says)",
      valueName: "factor"))
  var scale: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Number of images. (default: as many as latents)", valueName: "count"))
  var numSamples: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Images that a rank takes at a time. It decodes one after the other. (default: 10, 4, 2 or 1, by their size)",
      valueName: "count"))
  var batchSize: Int?

  @Option(
    help: ArgumentHelp(
      "Number format: f32, bf16, or auto (bf16 if the CPU supports it).", valueName: "type"))
  var precision: PrecisionChoice = .auto

  @Option(
    help: ArgumentHelp(
      "File with one class name per line, in the order of the labels, or none.",
      valueName: "file"),
    completion: .file())
  var classNames: String?

  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Running") var running: RunOptions

  func validate() throws {
    if let scale, !(scale > 0 && scale.isFinite) {
      throw ValidationError("--scale is \(scale); it must be positive")
    }
    if running.trajectory != nil {
      throw ValidationError(
        "--trajectory draws how images emerge from noise, but these are decoded from latents; leave it "
          + "out")
    }
    if [latents, model, firstStage, config].contains("") {
      throw ValidationError("a path is empty")
    }
  }

  func run() throws {
    var request = JobRequest(
      networks: .init(model: model ?? ""), format: output.outputFormat)
    request.networks.firstStage = firstStage
    request.networks.config = config
    request.latents = latents
    request.latentScale = scale
    request.images.numSamples = numSamples
    request.slice = running.chosenSlice
    request.sampling.precision = precision
    request.sampling.batchSize = batchSize
    request.sampling.classNames = classNames
    try JobRun(request, output.settings(running)).run()
  }
}
