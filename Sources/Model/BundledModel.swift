import Diffusion
import Foundation
import Wording

/// A diffusion model that comes with the program, with its classifier.
///
/// Each is a folder in the package's resources with the name of the model. It has the files
/// `unet.safetensors`, `model.json`, `MODEL_CARD.md` and, if there is a classifier,
/// `classifier.safetensors`.
package struct BundledModel: Sendable, Equatable {
  package let name: String
  /// The title for display, such as `Fashion-MNIST, 32×32`.
  package let title: String
  package let licence: String
  package let model: ModelDescription
  package let classifier: ClassifierDescription?
  /// The name of each class, in the order of the labels.
  package let classNames: [String]
  /// The recommended settings for sampling, the best ones first.
  package let defaults: [SamplingDefaults]
  package let folder: URL

  package var unetFile: URL { folder.appendingPathComponent("unet.safetensors") }
  package var classifierFile: URL? {
    classifier == nil ? nil : folder.appendingPathComponent("classifier.safetensors")
  }
  package var cardFile: URL { folder.appendingPathComponent("MODEL_CARD.md") }

  /// Loads the bundled model with this name.
  ///
  /// - Throws: `BundledModelError` if it does not exist, or if its description cannot be used.
  package init(named name: String) throws {
    try self.init(named: name, in: ModelResources.folder("Bundled"))
  }

  /// - Parameter parent: the folder that has a folder for each model.
  package init(named name: String, in parent: URL) throws {
    // The name comes from the command line, and must not lead out of the resources.
    guard Self.names(in: parent).contains(name) else {
      throw BundledModelError.unknown(name, known: Self.names(in: parent))
    }
    let folder = parent.appendingPathComponent(name, isDirectory: true)
    let file = folder.appendingPathComponent("model.json")
    do {
      let manifest = try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: file))
      try manifest.validate()
      self.init(name: name, folder: folder, manifest: manifest)
    } catch {
      throw BundledModelError.unusable(file: file.path, reason: "\(error)")
    }
  }

  private init(name: String, folder: URL, manifest: Manifest) {
    self.name = name
    self.folder = folder
    title = manifest.title
    licence = manifest.licence
    classNames = manifest.classNames
    defaults = manifest.sampling
    model = ModelDescription(
      unet: manifest.unet, diffusion: manifest.diffusion, origin: .bundled(name))
    classifier = manifest.classifier.map {
      ClassifierDescription(configuration: $0, origin: .bundled(name))
    }
  }

  /// The names of all bundled models, sorted. Empty if the resources cannot be found.
  package static var names: [String] {
    (try? ModelResources.folder("Bundled")).map(names(in:)) ?? []
  }

  private static func names(in parent: URL) -> [String] {
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
    return folders.sorted().filter { name in
      FileManager.default.fileExists(
        atPath: parent.appendingPathComponent(name).appendingPathComponent("model.json").path)
    }
  }
}

/// The reason why a bundled model cannot be used.
package enum BundledModelError: Error, Equatable, Sendable, CustomStringConvertible {
  case unknown(String, known: [String])
  case resourcesMissing(expected: String)
  case unusable(file: String, reason: String)

  package var description: String {
    switch self {
    case .unknown(let name, let known):
      "there is neither a file nor a bundled model named '\(name.printable)' ("
        + (known.isEmpty ? "none is bundled" : "bundled: \(known.joined(separator: ", "))") + ")"
    case .resourcesMissing(let expected):
      "the bundled models are not beside the program: copy the folder \(expected) along with it"
    case .unusable(let file, let reason):
      "\(file) does not describe a model: \(reason)"
    }
  }
}

/// The contents of `model.json`.
private struct Manifest: Decodable {
  let title: String
  let licence: String
  let classNames: [String]
  let sampling: [SamplingDefaults]
  let diffusion: DiffusionConfiguration
  let unet: UNetConfiguration
  let classifier: ClassifierConfiguration?

  func validate() throws {
    try unet.validate()
    try classifier?.validate()
    if let classifier {
      try ClassifierDescription(configuration: classifier, origin: .flags).validate(
        guiding: .unet(unet))
    }
    let classCount = unet.classCount ?? classifier?.classCount ?? 0
    guard classNames.count == classCount else {
      throw ConfigurationError(
        .checkpoint, "\(classNames.count) class names for \(classCount) classes")
    }
    guard diffusion.learnsSigma == unet.learnsSigma else {
      throw ConfigurationError(.checkpoint, "unet and diffusion disagree on learnsSigma")
    }
  }
}
