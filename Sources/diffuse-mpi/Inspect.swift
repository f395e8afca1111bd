import ArgumentParser
import Checkpoint
import Job
import Model
import Worker

/// `diffuse-mpi inspect`: what a checkpoint holds.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a checkpoint holds, and what is still needed to run it.")

  @Argument(help: "A .pt, .ckpt or .safetensors file, or a bundled model's name.")
  var file: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("guided-diffusion's MODEL_FLAGS, word for word.", valueName: "flags"))
  var modelFlags: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("guided-diffusion's CLASSIFIER_FLAGS, word for word.", valueName: "flags"))
  var classifierFlags: String?

  @Flag(help: "List every tensor.")
  var tensors = false

  func run() throws {
    guard Console.isFirstRank else { return }
    do {
      let path =
        BundledModel.names.contains(file)
        ? try BundledModel(named: file).unetFile.path : file
      let checkpoint = try CheckpointFile.open(path)
      print(
        try CheckpointText(checkpoint).text(
          modelFlags: modelFlags.map(ModelFlags.init(parsing:)),
          classifierFlags: classifierFlags.map(ClassifierFlags.init(parsing:)),
          listsTensors: tensors))
    } catch {
      throw Failure(explaining: error)
    }
  }
}
