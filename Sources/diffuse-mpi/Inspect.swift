import ArgumentParser
import Checkpoint
import Job
import Model
import Worker

/// `diffuse-mpi inspect`: what a checkpoint holds.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a checkpoint holds, and what is still needed to run it.")

  @Argument(
    help: "A .pt, .ckpt or .safetensors file, or a bundled model's name.", completion: .file())
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
      if BundledModel.names.contains(file) {
        try show(BundledModel(named: file))
      } else {
        try show(CheckpointFile.open(file))
      }
    } catch {
      throw Failure(explaining: error)
    }
  }

  private func show(_ model: BundledModel) throws {
    guard modelFlags == nil, classifierFlags == nil else {
      throw Failure(
        "flags describe a checkpoint, but \(model.name) is bundled: leave them out",
        status: .usage)
    }
    let command = "diffuse-mpi --model \(model.name)"
    try show(CheckpointText(CheckpointFile.open(model.unetFile.path))) {
      try $0.unet(model.model, command: command)
    }
    guard let url = model.classifierFile, let classifier = model.classifier else { return }
    print()
    try show(CheckpointText(CheckpointFile.open(url.path))) {
      try $0.classifier(classifier, command: command)
    }
  }

  private func show(_ checkpoint: CheckpointFile) throws {
    let isUNet = checkpoint.tensors.keys.contains { $0.hasPrefix("output_blocks.") }
    guard (isUNet ? classifierFlags : modelFlags) == nil else {
      throw Failure(
        isUNet
          ? "\(file): holds a diffusion model: describe it with --model-flags"
          : "\(file): holds no diffusion model: describe a classifier with --classifier-flags",
        status: .usage)
    }
    try show(CheckpointText(checkpoint)) { text in
      isUNet
        ? try text.unet(flags: modelFlags.map(ModelFlags.init(parsing:)))
        : try text.classifier(flags: classifierFlags.map(ClassifierFlags.init(parsing:)))
    }
  }

  private func show(
    _ text: CheckpointText, network: (CheckpointText) throws -> String
  ) throws {
    print(text.container)
    do {
      print(try network(text))
    } catch  where modelFlags == nil && classifierFlags == nil {
      // What is still needed is what was asked for, not a failure.
      print(CheckpointText.rows([("to run it", "\(error)")]))
    }
    if tensors { print("\n" + text.tensors) }
  }
}
