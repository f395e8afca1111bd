import ArgumentParser
import Foundation
import Program

/// `diffuse-mpi encode`: turns images into the latents of a first stage.
struct Encode: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn images into latents, and show what a first stage makes of them again.",
    discussion: """
      Writes latents.npy, float32 [images, channels, height, width], with the scale that a diffusion \
      model expects, and reconstruction.png, which shows each image above its reconstruction. A KL \
      autoencoder's latents are the means of its normal distributions.
      """)

  @Argument(
    help: ArgumentHelp("PNG files of one size, 8-bit RGB or grey.", valueName: "image"),
    completion: .file(extensions: ["png"]))
  var images: [String]

  @Option(
    help: ArgumentHelp(
      "First stage: a checkpoint of its own or of a latent diffusion model, or a diffusers folder.",
      valueName: "file"),
    completion: .file())
  var firstStage: String

  @Option(
    help: ArgumentHelp(
      "Settings of a latent diffusion model with this first stage, the .yaml file of its project.",
      valueName: "file"),
    completion: .file())
  var config: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Factor of the latents, such as 0.18215. (default: as the file says)", valueName: "factor"))
  var scale: Double?

  @Option(
    help: ArgumentHelp("Folder of latents.npy and reconstruction.png.", valueName: "folder"),
    completion: .directory)
  var out: String

  func validate() throws {
    if let scale, !(scale > 0 && scale.isFinite) {
      throw ValidationError("--scale is \(scale); it must be positive")
    }
    if images.contains("") || firstStage == "" || out == "" {
      throw ValidationError("a path is empty")
    }
  }

  func run() throws {
    guard Console.isFirstRank else { return }
    var request = EncodeReport.Request(images: images, firstStage: firstStage, out: out)
    request.scale = scale
    request.config = config
    let report = try EncodeReport(request)
    try report.write()
    print(report.text)
    fflush(nil)
  }
}
