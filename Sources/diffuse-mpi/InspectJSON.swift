import Checkpoint
import Model
import Program

/// `diffuse-mpi inspect --json`.
extension Inspect {
  /// What is printed: a bundled model has two files, a checkpoint is one.
  private struct Report: Encodable {
    var bundledModel: String?
    let files: [CheckpointJSON]
  }

  func printJSON(_ model: BundledModel) throws {
    try refuseFlags(describing: model)
    let command = "diffuse-mpi --model \(model.name)"
    var files = [
      try json(CheckpointFile.open(model.unetFile.path)) {
        try .init($0, model.model, command: command)
      }
    ]
    if let url = model.classifierFile, let classifier = model.classifier {
      files.append(
        try json(CheckpointFile.open(url.path)) { try .init($0, classifier, command: command) })
    }
    print(try JSONText.of(Report(bundledModel: model.name, files: files)))
  }

  func printJSON(_ checkpoint: CheckpointFile) throws {
    let isUNet = try isUNet(checkpoint)
    let file = try json(checkpoint) { isUNet ? try unet($0) : try classifier($0) }
    print(try JSONText.of(Report(files: [file])))
  }

  private func unet(_ file: CheckpointFile) throws -> CheckpointJSON.Network {
    let description = try ModelDescription(
      shapes: file.shapes, flags: modelFlags.map(ModelFlags.init(parsing:)))
    let flags = modelFlags.map { " --model-flags \"\($0)\"" } ?? ""
    let key = CheckpointText(file).keyOption("--model-key")
    return try .init(file, description, command: "diffuse-mpi --model \(file.path)\(key)\(flags)")
  }

  private func classifier(_ file: CheckpointFile) throws -> CheckpointJSON.Network {
    let description = try ClassifierDescription(
      shapes: file.shapes, flags: classifierFlags.map(ClassifierFlags.init(parsing:)),
      imageSize: nil)
    let flags = classifierFlags.map { " --classifier-flags \"\($0)\"" } ?? ""
    let key = CheckpointText(file).keyOption("--classifier-key")
    return try .init(
      file, description,
      command: "diffuse-mpi --model MODEL --classifier \(file.path)\(key)\(flags)")
  }

  private func json(
    _ file: CheckpointFile, network: (CheckpointFile) throws -> CheckpointJSON.Network
  ) throws -> CheckpointJSON {
    // What is still needed is what was asked for, not a failure.
    let asksForNeeds = modelFlags == nil && classifierFlags == nil
    return try CheckpointJSON(
      file, listsTensors: tensors, needs: asksForNeeds, network: network)
  }
}
