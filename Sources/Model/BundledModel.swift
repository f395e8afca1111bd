import Diffusion
import Foundation
import Wording

/// A diffusion model that comes with the program, with its classifier.
///
/// Each is a folder in the package's resources with the name of the model. It has the files
/// `model.json`, `MODEL_CARD.md` and those of the networks: `unet.safetensors` and, if there is a
/// classifier, `classifier.safetensors`; or for a model of latents, `latent.safetensors` with both of
/// its networks and `latent.yaml` with their settings, in the form of latent-diffusion's files.
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

  /// The file with the weights of the model.
  package var modelFile: URL {
    folder.appendingPathComponent(
      model.latentSpace == nil ? "unet.safetensors" : Self.latentFileName)
  }
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
      let model =
        try manifest.networks.map { try $0.description(of: name) } ?? Self.latent(folder, manifest)
      let classifier = manifest.networks?.classifier.map {
        ClassifierDescription(configuration: $0, origin: .bundled(name))
      }
      try classifier?.validate(guiding: model.network)
      let classCount = model.network.classCount ?? classifier?.configuration.classCount ?? 0
      try manifest.checkNames(classCount: classCount)
      self.init(
        name: name, title: manifest.title, licence: manifest.licence, model: model,
        classifier: classifier, classNames: manifest.classNames, defaults: manifest.sampling,
        folder: folder)
    } catch {
      throw BundledModelError.unusable(file: file.path, reason: "\(error)")
    }
  }

  private init(
    name: String, title: String, licence: String, model: ModelDescription,
    classifier: ClassifierDescription?, classNames: [String], defaults: [SamplingDefaults],
    folder: URL
  ) {
    self.name = name
    self.title = title
    self.licence = licence
    self.model = model
    self.classifier = classifier
    self.classNames = classNames
    self.defaults = defaults
    self.folder = folder
  }

  private static let latentFileName = "latent.safetensors"

  /// Returns the description of the model of latents in a folder.
  private static func latent(_ folder: URL, _ manifest: Manifest) throws -> ModelDescription {
    let file = try ModelFile(
      folder.appendingPathComponent(latentFileName).path,
      config: folder.appendingPathComponent("latent.yaml").path)
    var model = try file.description(flags: nil)
    model.origin = .bundled(folder.lastPathComponent)
    if let nullClass = manifest.nullClass { model.network = model.network.withNullClass(nullClass) }
    try model.network.validate()
    return model
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
  /// The null class of a model of latents, which its YAML file does not name.
  let nullClass: Int?
  /// The networks of a model of images, or `nil` for a model of latents.
  let networks: Networks?

  private enum Key: CodingKey { case title, licence, classNames, sampling, nullClass, unet }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    title = try members.decode(String.self, forKey: .title)
    licence = try members.decode(String.self, forKey: .licence)
    classNames = try members.decode([String].self, forKey: .classNames)
    sampling = try members.decode([SamplingDefaults].self, forKey: .sampling)
    nullClass = try members.decodeIfPresent(Int.self, forKey: .nullClass)
    networks = members.contains(.unet) ? try Networks(from: decoder) : nil
  }

  struct Networks: Decodable {
    let diffusion: DiffusionConfiguration
    let unet: UNetConfiguration
    let classifier: ClassifierConfiguration?

    func description(of name: String) throws -> ModelDescription {
      try unet.validate()
      try classifier?.validate()
      guard diffusion.learnsSigma == unet.learnsSigma else {
        throw ConfigurationError(.checkpoint, "unet and diffusion disagree on learnsSigma")
      }
      return ModelDescription(unet: unet, diffusion: diffusion, origin: .bundled(name))
    }
  }

  func checkNames(classCount: Int) throws {
    guard classNames.count == classCount else {
      throw ConfigurationError(
        .checkpoint, "\(classNames.count) class names for \(classCount) classes")
    }
  }
}
