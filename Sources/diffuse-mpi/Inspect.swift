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
    help: ArgumentHelp("guided-diffusion's MODEL_FLAGS.", valueName: "flags"))
  var modelFlags: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("guided-diffusion's CLASSIFIER_FLAGS.", valueName: "flags"))
  var classifierFlags: String?

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
    do {
      if BundledModel.names.contains(file) {
        let model = try BundledModel(named: file)
        try json ? printJSON(model) : show(model)
      } else {
        let checkpoint = try CheckpointFile.open(file, for: .unet, key: key)
        try json ? printJSON(checkpoint) : show(checkpoint)
      }
    } catch {
      throw Failure(explaining: error)
    }
  }

  private func show(_ model: BundledModel) throws {
    try refuseFlags(describing: model)
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
    let isUNet = try isUNet(checkpoint)
    try show(CheckpointText(checkpoint)) { text in
      isUNet || (modelFlags != nil && classifierFlags == nil)
        ? try text.unet(flags: modelFlags.map(ModelFlags.init(parsing:)))
        : try text.classifier(flags: classifierFlags.map(ClassifierFlags.init(parsing:)))
    }
  }

  func refuseFlags(describing model: BundledModel) throws {
    guard modelFlags == nil, classifierFlags == nil, key == nil else {
      throw Failure(
        "flags and --key are for checkpoints, but \(model.name) is bundled: leave them out",
        status: .usage)
    }
  }

  /// Whether a file holds a diffusion model; flags of the other kind are refused.
  func isUNet(_ checkpoint: CheckpointFile) throws -> Bool {
    let isUNet = checkpoint.holds("output_blocks.")
    let isClassifier = !isUNet && checkpoint.holds("input_blocks.")
    // A whole guided-diffusion command line has flags of both networks.
    guard
      (isUNet ? classifierFlags : isClassifier ? modelFlags : nil) == nil
        || (isUNet ? modelFlags : classifierFlags) != nil
    else {
      throw Failure(
        isUNet
          ? "\(file): this is a diffusion model; describe it with --model-flags"
          : "\(file): this is not a diffusion model; describe a classifier with --classifier-flags",
        status: .usage)
    }
    return isUNet
  }

  private func show(
    _ text: CheckpointText, network: (CheckpointText) throws -> String
  ) throws {
    print(text.container)
    do {
      print(try network(text))
    } catch  where modelFlags == nil && classifierFlags == nil {
      // The settings that are still needed are an answer, not a failure.
      print(CheckpointText.rows([("to run it", "\(error)")]))
    }
    if tensors { print("\n" + text.tensors) }
  }
}

extension CheckpointFile {
  fileprivate func holds(_ prefix: String) -> Bool { names.contains { $0.hasPrefix(prefix) } }
}
