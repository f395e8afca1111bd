import Diffusion

/// A released checkpoint whose architecture no other released one has, so that a file's shapes are
/// enough to know what they do not say (reference: README.md and model-card.md).
package struct ModelPreset: Sendable, Equatable {
  /// The released file's name without `.pt`.
  package let name: String
  /// Released files of the same configuration.
  package let alsoFits: [String]
  package let unet: UNetConfiguration
  package let diffusion: DiffusionConfiguration
  /// As the reference's authors sampled it, the first being the default; empty when it is not run.
  package let defaults: [SamplingDefaults]

  /// The network enlarges images instead of making them.
  package var isSuperResolution: Bool { unet.inChannels == 6 }

  /// The preset of exactly this signature; none where several have it and differ.
  package static func matching(_ signature: UNetSignature) -> ModelPreset? {
    let matches = all.filter { $0.unet.signature == signature }
    return matches.count == 1 ? matches[0] : nil
  }

  package static func named(_ name: String) -> ModelPreset? { all.first { $0.name == name } }

  package static let all: [ModelPreset] = [
    ModelPreset(
      "64x64_diffusion", imageSize: 64, channels: 192, residualBlocks: 3,
      heads: .channelsEach(64), order: .new, schedule: .cosine,
      defaults: [.init(sampler: "ddpm", steps: "250", classifierScale: 1)]),
    ModelPreset(
      "128x128_diffusion", imageSize: 128, heads: .count(4),
      defaults: [
        .init(sampler: "ddpm", steps: "250", classifierScale: 0.5),
        .init(sampler: "ddim", steps: "ddim25", classifierScale: 1.25),
      ]),
    ModelPreset(
      "256x256_diffusion", imageSize: 256,
      defaults: [
        .init(sampler: "ddpm", steps: "250", classifierScale: 1),
        .init(sampler: "ddim", steps: "ddim25", classifierScale: 2.5),
      ]),
    ModelPreset(
      "256x256_diffusion_uncond",
      alsoFits: ["lsun_bedroom", "lsun_cat", "lsun_horse", "lsun_horse_nodropout"],
      imageSize: 256, classCount: nil,
      defaults: [.init(sampler: "ddpm", steps: "250", classifierScale: 10)]),
    ModelPreset(
      "512x512_diffusion", imageSize: 512,
      defaults: [
        .init(sampler: "ddpm", steps: "250", classifierScale: 4),
        .init(sampler: "ddim", steps: "ddim25", classifierScale: 9),
      ]),
    ModelPreset(
      "64_256_upsampler", imageSize: 256, inChannels: 6, channels: 192, heads: .count(4)),
    ModelPreset(
      "128_512_upsampler", imageSize: 512, inChannels: 6, channels: 192,
      channelMultipliers: [1, 1, 2, 2, 4, 4], attentionResolutions: [32, 16]),
  ]

  private init(
    _ name: String, alsoFits: [String] = [], imageSize: Int, inChannels: Int = 3,
    channels: Int = 256, residualBlocks: Int = 2, channelMultipliers: [Double]? = nil,
    attentionResolutions: [Int] = [32, 16, 8], heads: AttentionHeads = .channelsEach(64),
    order: AttentionOrder = .legacy, schedule: NoiseSchedule = .linear, classCount: Int? = 1000,
    defaults: [SamplingDefaults] = []
  ) {
    self.name = name
    self.alsoFits = alsoFits
    self.defaults = defaults
    let multipliers = channelMultipliers ?? ReleasedMultipliers.byImageSize[imageSize] ?? []
    unet = UNetConfiguration(
      imageSize: imageSize, inChannels: inChannels, modelChannels: channels,
      residualBlocks: residualBlocks, channelMultipliers: multipliers,
      attentionDownsamplings: attentionDownsamplings(
        resolutions: attentionResolutions, imageSize: imageSize, levels: multipliers.count),
      heads: heads, attentionOrder: order, usesScaleShiftNorm: true,
      resamplesInResidualBlocks: true, classCount: classCount, learnsSigma: true)
    diffusion = DiffusionConfiguration(schedule: schedule, learnsSigma: true)
  }
}

/// A released noisy classifier; its shapes are enough to know the rest.
package struct ClassifierPreset: Sendable, Equatable {
  /// The released file's name without `.pt`.
  package let name: String
  package let configuration: ClassifierConfiguration

  /// The preset of exactly this signature; none where several have it and differ.
  package static func matching(_ signature: ClassifierSignature) -> ClassifierPreset? {
    let matches = all.filter { $0.configuration.signature == signature }
    return matches.count == 1 ? matches[0] : nil
  }

  package static let all: [ClassifierPreset] = [
    ClassifierPreset(imageSize: 64, residualBlocks: 4),
    ClassifierPreset(imageSize: 128, residualBlocks: 2),
    ClassifierPreset(imageSize: 256, residualBlocks: 2),
    ClassifierPreset(imageSize: 512, residualBlocks: 2),
  ]

  private init(imageSize: Int, residualBlocks: Int) {
    name = "\(imageSize)x\(imageSize)_classifier"
    let multipliers = ReleasedMultipliers.byImageSize[imageSize] ?? []
    configuration = ClassifierConfiguration(
      imageSize: imageSize, modelChannels: 128, residualBlocks: residualBlocks,
      channelMultipliers: multipliers,
      attentionDownsamplings: attentionDownsamplings(
        resolutions: [32, 16, 8], imageSize: imageSize, levels: multipliers.count),
      heads: .channelsEach(64), usesScaleShiftNorm: true, resamplesInResidualBlocks: true,
      pool: .attention, classCount: 1000)
  }
}
