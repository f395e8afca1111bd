import ArgumentParser
import Foundation
import Program

/// `diffuse-mpi noise`: shows the forward process on an image.
struct Noise: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Show how the forward process turns an image into noise, and what the model predicts.",
    discussion: """
      Writes a picture of the noised image at several timesteps, and prints the noise levels and the \
      standard deviation. If the image has the size of the model, the picture also shows the image \
      that the model predicts from each with one evaluation.
      """)

  @Argument(
    help: ArgumentHelp("PNG file, 8-bit RGB or grey.", valueName: "image"),
    completion: .file(extensions: ["png"]))
  var image: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Timesteps: 0,250,500. (default: five, spread evenly)", valueName: "timesteps"))
  var at: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Class of the image, by number or name. (default: the label in the file's text)",
      valueName: "label"))
  var label: String?

  @Option(parsing: .unconditional, help: "Seed of the noise.")
  var seed: UInt32 = 0

  @OptionGroup var model: ModelOptions

  @Option(
    help: ArgumentHelp("Picture to write.", valueName: "file"), completion: .file())
  var out: String = "noise.png"

  func run() throws {
    guard Console.isFirstRank else { return }
    var request = NoiseReport.Request(image: image, networks: model.request)
    request.timesteps = at
    request.label = label
    request.seed = seed
    request.out = out
    let report = try NoiseReport(request)
    try report.write()
    print(report.text)
    fflush(nil)
  }
}
