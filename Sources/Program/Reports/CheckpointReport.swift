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
  /// The settings of a latent diffusion model, a .yaml file.
  package var config: String?
  /// The family of a transformer, or `nil` to find it by file name.
  package var family: TransformerFamily?
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
        let model = try ModelFile(file, config: config, key: key)
        try asJSON ? printJSON(model) : show(model)
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
  private func isModel(_ model: ModelFile) throws -> Bool {
    let isModel = model.isOfLatents || model.file.holds("output_blocks.")
    let isClassifier = !isModel && model.file.holds("input_blocks.")
    // A complete guided-diffusion command line has the flags of both networks.
    guard
      (isModel ? classifierFlags : isClassifier ? modelFlags : nil) == nil
        || (isModel ? modelFlags : classifierFlags) != nil
    else {
      throw Failure(
        isModel
          ? "\(file): this is a diffusion model; describe it with --model-flags"
          : "\(file): this is not a diffusion model; describe a classifier with --classifier-flags",
        status: .usage)
    }
    return isModel
  }

  // MARK: - As text

  private func show(_ model: BundledModel) throws {
    try refuseFlags(describing: model)
    let command = "diffuse-mpi --model \(model.name)"
    try show(CheckpointText(CheckpointFile.open(model.modelFile.path, for: .unet))) {
      try $0.model(model.model, command: command)
    }
    guard let url = model.classifierFile, let classifier = model.classifier else { return }
    print()
    try show(CheckpointText(CheckpointFile.open(url.path))) {
      try $0.classifier(classifier, command: command)
    }
  }

  private func show(_ model: ModelFile) throws {
    if model.file.holds(FirstStageFile.anchor) {
      let firstStage = try FirstStageFile(file, key: key)
      return try show(CheckpointText(firstStage.file)) { $0.firstStage(firstStage) }
    }
    let isModel = try isModel(model)
    try show(CheckpointText(model.file)) { text in
      guard isModel || (modelFlags != nil && classifierFlags == nil) else {
        return try text.classifier(flags: classifierFlags.map(ClassifierFlags.init(parsing:)))
      }
      let description = try description(of: model)
      let flags = modelFlags.map { _ in " --model-flags \"…\"" } ?? ""
      return try text.model(
        description, command: CheckpointText.command(options(of: model, flags), description))
    }
  }

  /// Describes a model or an upsampler, whichever the file holds.
  private func description(of model: ModelFile) throws -> ModelDescription {
    try model.description(
      flags: flags(describing: model), family: family, preset: preset, isUpsampler: nil)
  }

  /// Returns the options that describe a checkpoint as a model.
  private func options(of model: ModelFile, _ flags: String) -> String {
    "--model \(file)" + (config.map { " --config \($0)" } ?? "")
      + (family.map { " --family \($0.rawValue)" } ?? "")
      + CheckpointText(model.file).keyOption("--model-key") + CheckpointText.presetOption(preset)
      + flags
  }

  /// Returns the flags of a model or of an upsampler, whichever the file holds.
  private func flags(describing model: ModelFile) throws -> ModelFlags? {
    try modelFlags.map {
      let isUpsampler =
        try !model.isOfLatents && UNetSignature(shapes: model.file.shapes).enlargesImages
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
      try json(CheckpointFile.open(model.modelFile.path, for: .unet)) {
        try .init($0, model.model, command: command)
      }
    ]
    if let url = model.classifierFile, let classifier = model.classifier {
      files.append(
        try json(CheckpointFile.open(url.path)) { try .init($0, classifier, command: command) })
    }
    print(try JSONText.of(Report(bundledModel: model.name, files: files)))
  }

  private func printJSON(_ model: ModelFile) throws {
    let isModel = try isModel(model)
    let file = try json(model.file) { isModel ? try network(model) : try classifier($0) }
    print(try JSONText.of(Report(files: [file])))
  }

  private func network(_ model: ModelFile) throws -> CheckpointJSON.Network {
    let description = try description(of: model)
    let flags = modelFlags.map { " --model-flags \"\($0)\"" } ?? ""
    return try .init(
      model.file, description,
      command: CheckpointText.command(options(of: model, flags), description))
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
