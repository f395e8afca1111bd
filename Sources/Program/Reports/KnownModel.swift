import Model

/// A model that the program knows: a preset, a released classifier or a bundled model.
struct KnownModel: Encodable {
  enum Kind: String, Encodable {
    case model
    case upsampler
    case classifier
    case bundled
  }

  /// Published settings for sampling.
  struct Sampling: Encodable {
    let sampler: String
    let steps: String
    /// `nil` if no classifier belongs to the model.
    let classifierScale: Double?
    /// The scale of classifier-free guidance, or `nil` for none.
    let cfgScale: Double?
    /// η, or `nil` for the usual one.
    let eta: Float?
  }

  let kind: Kind
  let name: String
  /// The heading under which the model is listed.
  let group: String
  let fileNames: [String]
  /// The authors, or `nil` for this program.
  let owner: String?
  /// The images that it was trained on, such as `ImageNet`.
  let images: String
  /// The height and width of the images, in pixels.
  let imageSize: Int
  /// The size of the images that an upsampler enlarges.
  let smallSize: Int?
  let classCount: Int?
  let parameterCount: Int
  /// The training in words, if the model denoises.
  let training: String?
  /// The flags that describe it, or `nil` if it needs none.
  let flags: String?
  /// The published settings for sampling, the default first.
  let sampling: [Sampling]
  let note: String?
  /// The models that belong to it, by name.
  let companions: [String]
  /// Other models with the same architecture, by name.
  let sameArchitecture: [String]
  let licence: String?
  let use: String?
  let url: String?
  let page: String?
  /// A command that samples it, or uses it.
  let command: String

  /// The keys in JSON, in which the group, the names of files and the training are left out.
  private enum CodingKeys: String, CodingKey {
    case kind, name, owner, images, classCount, flags, sampling, note, companions
    case sameArchitecture, licence, use, url, page, command
    case imageSize = "imageSidePixels"
    case smallSize = "smallSidePixels"
    case parameterCount = "parameters"
  }

  /// All models in the order of the list.
  static func all() throws -> [KnownModel] {
    var models = try BundledModel.names.map { KnownModel(try BundledModel(named: $0)) }
    models += ModelPreset.all.map { KnownModel($0) }
    models += TransformerPreset.all.map { KnownModel($0) }
    models += ClassifierPreset.all.map { KnownModel($0) }
    return models
  }

  /// Whether the model or its file has this name, with or without an extension.
  func isNamed(_ text: String) -> Bool {
    let hints = PresetChoice.Hints(path: text)
    return name == text || fileNames.contains { $0 == text || $0 == hints.fileName }
  }
}

extension KnownModel {
  private init(_ preset: ModelPreset) {
    let classifier = preset.companions.first { ClassifierPreset.named($0) != nil }
    kind = preset.isSuperResolution ? .upsampler : .model
    name = preset.name
    group = preset.source.heading
    fileNames = preset.fileNames
    owner = preset.source.owner
    images = preset.images
    imageSize = preset.imageSide
    smallSize = preset.smallSize
    classCount = preset.unet.classCount.map { $0 - (preset.unet.nullClass == nil ? 0 : 1) }
    parameterCount = Architecture.unet(preset.unet).parameterCount
    training = preset.diffusion.text
    flags = preset.latents == nil ? preset.flags : nil
    sampling = preset.defaults.map { Sampling($0, isGuided: classifier != nil) }
    note = preset.note
    companions = preset.companions
    sameArchitecture = ModelPreset.all.filter {
      $0.name != preset.name && $0.unet.signature == preset.unet.signature
    }.map(\.name)
    licence = preset.source.licence
    use = preset.source.use
    url = preset.url
    page = preset.source.page
    let file = preset.fileNames[0] + (preset.latents == nil ? ".pt" : ".ckpt")
    command =
      preset.isSuperResolution
      ? "diffuse-mpi --model \(preset.companions.first ?? "MODEL").pt --upsampler \(file)"
      : "diffuse-mpi --model \(file)\(classifier.map { " --classifier \($0).pt" } ?? "")"
  }

  private init(_ preset: ClassifierPreset) {
    let encoder = preset.configuration
    kind = .classifier
    name = preset.name
    group = "\(preset.source.heading), classifiers"
    fileNames = [preset.name]
    owner = preset.source.owner
    images = "ImageNet"
    imageSize = encoder.imageSize
    smallSize = nil
    classCount = encoder.classCount
    parameterCount = Architecture.classifier(encoder).parameterCount
    training = nil
    flags = preset.flags
    sampling = []
    note = nil
    companions = preset.models.map(\.name)
    sameArchitecture = []
    licence = preset.source.licence
    use = preset.source.use
    url = preset.url
    page = preset.source.page
    command =
      "diffuse-mpi --model \(preset.models.first?.name ?? "MODEL").pt --classifier \(preset.name).pt"
  }

  private init(_ bundled: BundledModel) {
    let network = bundled.model.network
    kind = .bundled
    name = bundled.name
    group = "Bundled with this program"
    fileNames = []
    owner = nil
    images = bundled.title.split(separator: ",").first.map(String.init) ?? bundled.title
    imageSize = bundled.model.imageSide
    smallSize = nil
    classCount = network.classCount ?? bundled.classifier?.configuration.classCount
    let networks =
      [network] + (bundled.model.latentSpace?.firstStage.map { [.decoder($0.configuration)] } ?? [])
      + (bundled.classifier.map { [.classifier($0.configuration)] } ?? [])
    parameterCount = networks.reduce(0) { $0 + $1.parameterCount }
    training = bundled.model.diffusion.text
    flags = nil
    sampling = bundled.defaults.map { Sampling($0, isGuided: true) }
    note = bundled.classifier == nil ? nil : "its classifier is bundled too"
    companions = []
    sameArchitecture = []
    licence = bundled.licence
    use = nil
    url = nil
    page = nil
    command = "diffuse-mpi --model \(bundled.name)"
  }
}

extension KnownModel.Sampling {
  /// - Parameter isGuided: whether a classifier belongs to the model, so that its scale has a meaning.
  init(_ settings: SamplingDefaults, isGuided: Bool) {
    (sampler, steps) = (settings.sampler, settings.steps)
    classifierScale = isGuided ? settings.classifierScale : nil
    (cfgScale, eta) = (settings.cfgScale, settings.eta)
  }
}

extension PresetSource {
  var heading: String { project.map { "\(owner)'s \($0)" } ?? "Others" }
}
