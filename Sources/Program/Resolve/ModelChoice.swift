import Arguments
import Cache
import Checkpoint
import Foundation
import Job
import Model
import Recipe
import Wording

/// The model of `--model`: a bundled model, or a checkpoint with its configuration.
package struct ModelChoice {
  package let file: CheckpointFile
  package let description: ModelDescription
  /// The settings that its authors sampled with. The first one is the default.
  package let defaults: [SamplingDefaults]
  package let classNames: [String]?
  private let bundled: BundledModel?

  /// - Parameter isUpsampler: whether the model must enlarge images, instead of making them from noise.
  package init(_ options: JobRequest.Networks, isUpsampler: Bool = false) throws {
    if BundledModel.names.contains(options.model) {
      guard options.modelFlags == nil else {
        throw Failure(
          "--model-flags describes a checkpoint file, but \(options.model) is bundled: name the file"
            + " with --model, or leave out the flags", status: .usage)
      }
      guard options.preset == nil else {
        throw Failure(
          "--preset describes a checkpoint file, but \(options.model) is bundled: name the file with"
            + " --model, or leave out the preset", status: .usage)
      }
      for (option, isGiven) in [
        ("--config", options.config != nil), ("--first-stage", options.firstStage != nil),
        ("--family", options.family != nil),
      ] where isGiven {
        throw Failure(
          "\(option) describes a checkpoint file, but \(options.model) is bundled: name the file with"
            + " --model, or leave out the option", status: .usage)
      }
      guard options.modelKey == nil else {
        throw Failure(
          "--model-key names weights in a checkpoint, but \(options.model) is bundled: leave it out",
          status: .usage)
      }
      try self.init(BundledModel(named: options.model))
    } else {
      try Self.refuseMistyped(options.model)
      try self.init(path: options.model, options, isUpsampler: isUpsampler)
    }
  }

  /// Reports a name that is neither a file nor a bundled model, and suggests a similar one.
  private static func refuseMistyped(_ name: String) throws {
    guard !name.isEmpty, !FileManager.default.fileExists(atPath: name) else { return }
    let near = likelyMeant(name, among: BundledModel.names) ?? NearFile.like(name)
    let suggestion = near.map { "; did you mean \($0.printable)?" } ?? ""
    if !name.contains("/") && !name.contains(".") {
      let error = BundledModelError.unknown(name, known: BundledModel.names)
      throw Failure("\(error)\(suggestion)", status: .usage)
    }
    if near != nil { throw Failure("\(name): no such file\(suggestion)", status: .cannotRead) }
  }

  private init(_ model: BundledModel) throws {
    bundled = model
    file = try CheckpointFile.open(model.modelFile.path, for: .unet)
    description = model.model
    defaults = model.defaults
    classNames = model.classNames
  }

  private init(path: String, _ options: JobRequest.Networks, isUpsampler: Bool) throws {
    bundled = nil
    let flags = options.modelFlags
    let model = try ModelFile(path, config: options.config, key: options.modelKey)
    description = try Self.naming(path) {
      let known = try model.description(
        flags: try flags.map {
          try ModelFlags(parsing: $0, as: isUpsampler ? .upsampler : .model)
        }, family: options.family, preset: options.preset, isUpsampler: isUpsampler)
      // Looks up every tensor, so that a file with another network is refused here.
      _ = try known.network.network(in: model.file, prefix: known.prefix)
      return known
    }
    file = model.file
    defaults = description.sampling
    classNames = nil
  }

  /// Adds the name of the file to errors that do not begin with it.
  static func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      let failure = Failure(explaining: error)
      guard !failure.message.hasPrefix("\(path): ") else { throw failure }
      throw Failure("\(path): \(failure.message)", status: failure.status)
    }
  }

  package var title: String {
    bundled.map { "\($0.name) (bundled)" }
      ?? URL(fileURLWithPath: file.path).lastPathComponent
      + " (" + (file.weightsText.map { "\($0); " } ?? "") + "\(description.origin))"
  }

  /// Returns the guidance scale, which is 0 without a classifier.
  package func guidanceScale(_ options: JobRequest.Networks, _ settings: SamplerSettings) throws
    -> Float
  {
    let hasClassifier = options.classifier != nil || bundled?.classifierFile != nil
    guard hasClassifier else {
      guard options.classifierScale == nil || options.classifierScale == 0 else {
        throw Failure(
          "--classifier-scale needs a classifier: give its file with --classifier", status: .usage)
      }
      guard options.classifierFlags == nil else {
        throw Failure(
          "--classifier-flags needs a classifier: give its file with --classifier", status: .usage)
      }
      return 0
    }
    let scale = options.classifierScale ?? Float(settings.classifierScale ?? 1)
    guard scale.isFinite else {
      throw Failure("--classifier-scale is \(scale); it must be a number", status: .usage)
    }
    return scale
  }

  /// A network that guides, and notes on its flags.
  package typealias Classifier = (network: NetworkSource, notes: [String])

  /// Returns the classifier that guides this model: the bundled one, or the file of `--classifier`.
  package func classifier(_ options: JobRequest.Networks, _ hashes: FileHashes) throws -> Classifier
  {
    if let path = options.classifier {
      return try classifier(
        path: path, flags: options.classifierFlags, key: options.classifierKey, hashes)
    }
    guard let bundled, let url = bundled.classifierFile, let classifier = bundled.classifier else {
      preconditionFailure("a guidance scale without a classifier")
    }
    guard options.classifierKey == nil else {
      throw Failure(
        "--classifier-key names weights in a checkpoint, but the classifier of \(bundled.name) is "
          + "bundled: leave it out", status: .usage)
    }
    guard options.classifierFlags == nil else {
      throw Failure(
        "--classifier-flags describes a checkpoint file, but the classifier of \(bundled.name) is "
          + "bundled: name the file with --classifier, or leave out the flags", status: .usage)
    }
    let sha256 = try hashes.sha256(of: MappedFile(url.path))
    return (
      .init(
        path: url.path, sha256: sha256, architecture: .classifier(classifier.configuration)),
      notes: []
    )
  }

  private func classifier(
    path: String, flags: String?, key: String?, _ hashes: FileHashes
  ) throws -> Classifier {
    let file = try CheckpointFile.open(path, for: .classifier, key: key)
    let isModel = file.tensors.keys.contains { $0.hasPrefix("output_blocks.") }
    guard path != self.file.path || !isModel else {
      throw Failure(
        "--model and --classifier name the same file, \(path): a classifier is a network of its own,"
          + " such as 64x64_classifier.pt", status: .usage)
    }
    let classifier = try Self.naming(path) {
      let classifier = try ClassifierDescription(
        shapes: file.shapes, flags: try flags.map(ClassifierFlags.init(parsing:)),
        imageSize: description.network.imageShape.width)
      try classifier.validate(guiding: description.network)
      _ = try NetworkFile.classifier(file, classifier.configuration)
      return classifier
    }
    let network = NetworkSource(
      path: path, sha256: try hashes.sha256(of: file.files),
      architecture: .classifier(classifier.configuration), weights: .init(file))
    return (network, classifier.notes)
  }
}

/// Suggestions for a checkpoint path that does not exist.
package enum NearFile {
  /// The largest number of files in a folder that are compared.
  private static let limit = 10_000

  /// Returns a file with a similar name in the same folder, or with this name and an extension.
  package static func like(_ path: String) -> String? {
    let url = URL(fileURLWithPath: path)
    let (name, folder) = (url.lastPathComponent, url.deletingLastPathComponent().path)
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let checkpoints = files.prefix(limit).filter { file in
      endings.contains { file.hasSuffix($0) }
    }
    let meant =
      checkpoints.sorted().first { stem($0) == stem(name) }
      ?? likelyMeant(stem(name), among: checkpoints.map(stem)).flatMap { near in
        checkpoints.first { stem($0) == near }
      }
    return meant.map { path.dropLast(name.count) + $0 }
  }

  private static let endings = UnknownWord.checkpointEndings

  private static func stem(_ name: String) -> String {
    endings.first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) } ?? name
  }
}
