import Checkpoint
import Job
import Model

/// A report on a checkpoint or a bundled model, for `inspect`.
package struct CheckpointReport {
  /// A path, or the name of a bundled model.
  package var file: String
  package var modelFlags: String?
  package var classifierFlags: String?
  /// The preset whose settings the model has, or `nil` to find it.
  package var preset: String?
  /// The key of the weights to describe.
  package var key: String?
  package var listsTensors = false

  package init(file: String) { self.file = file }

  /// Prints the report.
  ///
  /// - Throws: a `Failure`.
  package func show(asJSON: Bool) throws {
    do {
      if BundledModel.names.contains(file) {
        let model = try BundledModel(named: file)
        try asJSON ? printJSON(model) : show(model)
      } else {
        let checkpoint = try CheckpointFile.open(file, for: .unet, key: key)
        try asJSON ? printJSON(checkpoint) : show(checkpoint)
      }
    } catch {
      throw Failure(explaining: error)
    }
  }

  private func refuseFlags(describing model: BundledModel) throws {
    guard modelFlags == nil, classifierFlags == nil, preset == nil, key == nil else {
      throw Failure(
        "flags, --preset and --key are for checkpoints, but \(model.name) is bundled: leave them out",
        status: .usage)
    }
  }

  /// Returns whether a file holds a diffusion model. Flags of the other kind of network are
  /// refused.
  private func isUNet(_ checkpoint: CheckpointFile) throws -> Bool {
    let isUNet = checkpoint.holds("output_blocks.")
    let isClassifier = !isUNet && checkpoint.holds("input_blocks.")
    // A complete guided-diffusion command line has the flags of both networks.
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

  // MARK: - As text

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
        ? try text.unet(flags: flags(describing: checkpoint), preset: preset)
        : try text.classifier(flags: classifierFlags.map(ClassifierFlags.init(parsing:)))
    }
  }

  /// Returns the flags of a model or of an upsampler, whichever the file holds.
  private func flags(describing file: CheckpointFile) throws -> ModelFlags? {
    try modelFlags.map {
      let isUpsampler = try UNetSignature(shapes: file.shapes).enlargesImages
      return try ModelFlags(parsing: $0, as: isUpsampler ? .upsampler : .model)
    }
  }

  private func show(
    _ text: CheckpointText, network: (CheckpointText) throws -> String
  ) throws {
    print(text.fileRows)
    do {
      print(try network(text))
    } catch  where asksForNeeds {
      print(CheckpointText.rows([("to run it", OptionNames.text(error))]))
    }
    if listsTensors { print("\n" + text.tensors) }
  }

  // MARK: - As JSON

  /// The files of the report: two for a bundled model, one for a checkpoint.
  private struct Report: Encodable {
    var bundledModel: String?
    let files: [CheckpointJSON]
  }

  private func printJSON(_ model: BundledModel) throws {
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

  private func printJSON(_ checkpoint: CheckpointFile) throws {
    let isUNet = try isUNet(checkpoint)
    let file = try json(checkpoint) { isUNet ? try unet($0) : try classifier($0) }
    print(try JSONText.of(Report(files: [file])))
  }

  private func unet(_ file: CheckpointFile) throws -> CheckpointJSON.Network {
    let description = try ModelDescription(
      file, flags: flags(describing: file), hints: .init(path: file.path, preset: preset),
      isUpsampler: nil)
    let flags = modelFlags.map { " --model-flags \"\($0)\"" } ?? ""
    let options =
      "--model \(file.path)" + CheckpointText(file).keyOption("--model-key")
      + CheckpointText.presetOption(preset) + flags
    return try .init(
      file, description, command: CheckpointText.command(options, description))
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
    try CheckpointJSON(file, listsTensors: listsTensors, needs: asksForNeeds, network: network)
  }

  /// Whether settings that are still needed are a valid answer, not a failure.
  private var asksForNeeds: Bool { modelFlags == nil && classifierFlags == nil && preset == nil }
}

extension CheckpointFile {
  fileprivate func holds(_ prefix: String) -> Bool { names.contains { $0.hasPrefix(prefix) } }
}
