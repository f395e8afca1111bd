import Diffusion

/// A released checkpoint with a unique architecture, so that the shapes in a file are enough to
/// know its other settings (README.md of openai/guided-diffusion and of openai/improved-diffusion).
package struct ModelPreset: Sendable, Equatable {
  /// The name of the released file without `.pt`.
  package let name: String
  /// Other released files with the same configuration.
  package let alsoFits: [String]
  package let unet: UNetConfiguration
  package let diffusion: DiffusionConfiguration
  /// The settings with which the authors sampled it, the default first. Empty for upsamplers.
  package let defaults: [SamplingDefaults]

  /// Whether the network enlarges images instead of generating them from noise.
  package var isSuperResolution: Bool { unet.enlargesImages }

  /// The size of the images that the network enlarges.
  package var smallSize: Int? {
    isSuperResolution ? (name == "128_512_upsampler" ? 128 : 64) : nil
  }

  /// Returns the preset with exactly this signature, or `nil` if several presets have it and
  /// differ.
  package static func matching(_ signature: UNetSignature) -> ModelPreset? {
    let matches = all.filter { $0.unet.signature == signature }
    return matches.count == 1 ? matches[0] : nil
  }

  package static func named(_ name: String) -> ModelPreset? { all.first { $0.name == name } }

  package static let all = guidedDiffusion + improvedDiffusion

  private static let guidedDiffusion: [ModelPreset] = [
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

  /// The presets of improved-diffusion. The networks resample by convolutions, and
  /// `rescale_timesteps` is True by default.
  private static let improvedDiffusion: [ModelPreset] = [
    ModelPreset(
      "imagenet64_uncond_100M_1500K", alsoFits: ["imagenet64_uncond_vlb_100M_1500K"],
      improved: DiffusionConfiguration(
        schedule: .cosine, steps: 4000, learnsSigma: true, rescalesTimesteps: true),
      imageSize: 64, residualBlocks: 3, classCount: nil),
    ModelPreset(
      "cifar10_uncond_50M_500K", alsoFits: ["cifar10_uncond_vlb_50M_500K"],
      improved: DiffusionConfiguration(
        schedule: .cosine, steps: 4000, learnsSigma: true, rescalesTimesteps: true),
      imageSize: 32, residualBlocks: 3, channelMultipliers: [1, 2, 2, 2], classCount: nil),
    ModelPreset(
      "imagenet64_cond_270M_250K",
      improved: DiffusionConfiguration(schedule: .cosine, steps: 4000, learnsSigma: true),
      imageSize: 64, channels: 192, residualBlocks: 3),
    ModelPreset(
      "upsample_cond_500K",
      improved: DiffusionConfiguration(schedule: .linear, steps: 4000, learnsSigma: true),
      imageSize: 256, inChannels: 6, channels: 192, residualBlocks: 2),
    ModelPreset(
      "lsun_uncond_100M_1200K_bs128", alsoFits: ["lsun_uncond_100M_2400K_bs64"],
      improved: DiffusionConfiguration(schedule: .linear, learnsSigma: true),
      imageSize: 256, residualBlocks: 2, attentionResolutions: [16], heads: .count(1),
      usesScaleShiftNorm: false, classCount: nil),
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

  private init(
    _ name: String, alsoFits: [String] = [], improved diffusion: DiffusionConfiguration,
    imageSize: Int, inChannels: Int = 3, channels: Int = 128, residualBlocks: Int,
    channelMultipliers: [Double]? = nil, attentionResolutions: [Int] = [16, 8],
    heads: AttentionHeads = .count(4), usesScaleShiftNorm: Bool = true, classCount: Int? = 1000
  ) {
    self.name = name
    self.alsoFits = alsoFits
    self.diffusion = diffusion
    defaults =
      inChannels == 3 ? [.init(sampler: "ddpm", steps: "250", classifierScale: 1)] : []
    let multipliers = channelMultipliers ?? ReleasedMultipliers.byImageSize[imageSize] ?? []
    unet = UNetConfiguration(
      imageSize: imageSize, inChannels: inChannels, modelChannels: channels,
      residualBlocks: residualBlocks, channelMultipliers: multipliers,
      attentionDownsamplings: attentionDownsamplings(
        resolutions: attentionResolutions, imageSize: imageSize, levels: multipliers.count),
      heads: heads, attentionOrder: .legacy, usesScaleShiftNorm: usesScaleShiftNorm,
      resamplesInResidualBlocks: false, classCount: classCount, learnsSigma: diffusion.learnsSigma)
  }
}

/// A released noisy classifier. Its shapes are enough to know its other settings.
package struct ClassifierPreset: Sendable, Equatable {
  /// The name of the released file without `.pt`.
  package let name: String
  package let configuration: ClassifierConfiguration

  /// Returns the preset with exactly this signature, or `nil` if several presets have it and
  /// differ.
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
