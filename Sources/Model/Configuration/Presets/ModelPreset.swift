import Diffusion

/// A published checkpoint of a diffusion model, with the settings that its file does not store.
package struct ModelPreset: Sendable, Equatable {
  package let name: String
  package let source: PresetSource
  /// The names of the published files, without their extension.
  package let fileNames: [String]
  /// The images that the model was trained on.
  package let images: String
  package let unet: UNetConfiguration
  package let diffusion: DiffusionConfiguration
  /// The size of the images that an upsampler enlarges, in pixels, or `nil` for other models.
  package let smallSize: Int?
  /// The latents that the network makes, or `nil` if it makes images.
  package let latents: Latents?
  /// The settings with which the authors sampled it, the default first.
  package let defaults: [SamplingDefaults]
  /// What the authors say about those settings.
  package let note: String?
  /// The names of the classifiers and upsamplers that belong to the model.
  package let companions: [String]
  /// Where to get the file.
  package let url: String

  /// - Parameters:
  ///   - files: the names of the published files, or `nil` for the name of the preset.
  ///   - url: where to get the file, or `nil` for the folder of the source.
  init(
    _ name: String, _ source: PresetSource, _ images: String, _ unet: UNetConfiguration,
    _ diffusion: DiffusionConfiguration, smallSize: Int? = nil, latents: Latents? = nil,
    sampling: [SamplingDefaults] = [], note: String? = nil, with companions: [String] = [],
    files: [String]? = nil, url: String? = nil
  ) {
    self.name = name
    self.source = source
    self.images = images
    self.unet = unet
    self.diffusion = diffusion
    self.smallSize = smallSize
    self.latents = latents
    self.note = note
    self.companions = companions
    defaults = sampling.isEmpty ? diffusion.usualSampling : sampling
    fileNames = files ?? [name]
    self.url = url ?? source.url(of: name)
  }

  /// The latents of a model, and the autoencoder that turns them into images.
  package struct Latents: Sendable, Equatable {
    package let firstStage: AutoencoderConfiguration
    /// Whether their scale was measured when the training began, so that it is in the file.
    package let hasMeasuredScale: Bool
  }

  /// The height and width of the images, in pixels.
  package var imageSide: Int { latents?.firstStage.imageWidth ?? unet.imageSize }

  /// Whether the network enlarges images instead of generating them from noise.
  package var isSuperResolution: Bool { unet.enlargesImages }

  /// The name with that of its authors, such as `OpenAI's 64x64_diffusion`.
  package var title: String { "\(source.owner)'s \(name)" }

  /// Whether two presets give the same network and process.
  func hasSettings(of other: ModelPreset) -> Bool {
    unet == other.unet && diffusion == other.diffusion && latents == other.latents
  }

  package static func named(_ name: String) -> ModelPreset? { all.first { $0.name == name } }

  /// All presets. Of those with the same settings, the first one stands for all.
  package static let all =
    guidedDiffusion + improvedDiffusion + consistencyModels + community + latentDiffusion
}

/// The authors of published checkpoints.
package struct PresetSource: Sendable, Equatable {
  /// The authors, or the name of their project.
  package let owner: String
  /// The project that released the files, if the authors have several.
  package let project: String?
  /// The page that describes the checkpoints.
  package let page: String
  /// The licence that the authors give, or `nil` if they give none.
  package let licence: String?
  /// What the authors say about the use of the models.
  package let use: String?
  /// The folder of the files, or `nil` if each has its own address.
  private let folder: String?

  init(
    _ owner: String, _ project: String? = nil, page: String, licence: String?, use: String? = nil,
    folder: String? = nil
  ) {
    self.owner = owner
    self.project = project
    self.page = page
    self.licence = licence
    self.use = use
    self.folder = folder
  }

  /// Returns the address of a file, or the page that links to it.
  func url(of name: String) -> String { folder.map { "\($0)\(name).pt" } ?? page }
}

// MARK: - The notation of the tables

extension UNetConfiguration {
  /// A network of guided-diffusion's `create_model`, with the options that most published networks
  /// share as defaults.
  static func adm(
    _ imageSize: Int, inChannels: Int = 3, channels: Int = 256, blocks: Int = 2,
    multipliers: [Double]? = nil, attention: [Int] = [32, 16, 8],
    heads: AttentionHeads = .channelsEach(64), order: AttentionOrder = .legacy,
    scaleShift: Bool = true, updown: Bool = true, classes: Int? = nil, learnsSigma: Bool = true,
    attentionDimensions: Int? = nil
  ) -> UNetConfiguration {
    let multipliers = multipliers ?? ReleasedMultipliers.byImageSize[imageSize] ?? []
    return UNetConfiguration(
      imageSize: imageSize, inChannels: inChannels, modelChannels: channels,
      residualBlocks: blocks, channelMultipliers: multipliers,
      attentionDownsamplings: Model.attentionDownsamplings(
        resolutions: attention, imageSize: imageSize, levels: multipliers.count),
      heads: heads, attentionOrder: order, usesScaleShiftNorm: scaleShift,
      resamplesInResidualBlocks: updown, classCount: classes, learnsSigma: learnsSigma,
      attentionDimensions: attentionDimensions)
  }

  /// A network of improved-diffusion's `create_model`, which resamples by convolutions.
  static func improved(
    _ imageSize: Int, inChannels: Int = 3, channels: Int = 128, blocks: Int = 3,
    multipliers: [Double]? = nil, attention: [Int] = [16, 8], heads: Int = 4,
    scaleShift: Bool = true, classes: Int? = nil
  ) -> UNetConfiguration {
    adm(
      imageSize, inChannels: inChannels, channels: channels, blocks: blocks,
      multipliers: multipliers, attention: attention, heads: .count(heads),
      scaleShift: scaleShift, updown: false, classes: classes)
  }

  /// A network of consistency_models' `create_model`, whose attention has the new order.
  static func consistency(
    _ imageSize: Int, channels: Int, blocks: Int, scaleShift: Bool, classes: Int?
  ) -> UNetConfiguration {
    adm(
      imageSize, channels: channels, blocks: blocks, order: .new, scaleShift: scaleShift,
      classes: classes, learnsSigma: false, attentionDimensions: 2)
  }
}

extension DiffusionConfiguration {
  static let linear = DiffusionConfiguration(schedule: .linear, learnsSigma: true)
  static let cosine = DiffusionConfiguration(schedule: .cosine, learnsSigma: true)
  static let edm = DiffusionConfiguration(Preconditioning(isConsistencyModel: false))
  static let consistency = DiffusionConfiguration(Preconditioning(isConsistencyModel: true))

  /// A process of 4000 steps.
  static func long(_ schedule: NoiseSchedule, rescaled: Bool) -> DiffusionConfiguration {
    DiffusionConfiguration(
      schedule: schedule, steps: 4000, learnsSigma: true, rescalesTimesteps: rescaled)
  }
}

extension SamplingDefaults {
  static func ddpm(_ steps: String, scale: Double = 1) -> SamplingDefaults {
    SamplingDefaults(sampler: "ddpm", steps: steps, classifierScale: scale)
  }

  static func ddim(_ steps: String, scale: Double = 1) -> SamplingDefaults {
    SamplingDefaults(sampler: "ddim", steps: steps, classifierScale: scale)
  }

  /// - Parameter steps: a number of evaluations, or the levels as in consistency_models' `--ts`.
  static func consistency(_ steps: String) -> SamplingDefaults {
    SamplingDefaults(sampler: "consistency", steps: steps, clipsDenoised: true)
  }
}
