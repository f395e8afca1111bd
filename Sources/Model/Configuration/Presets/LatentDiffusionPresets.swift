import Diffusion

extension PresetSource {
  fileprivate static let latentDiffusion = PresetSource(
    "CompVis", "latent-diffusion", page: "https://github.com/CompVis/latent-diffusion",
    licence: "MIT")
}

extension ModelPreset {
  /// The models of Rombach et al. 2022, "High-Resolution Image Synthesis with Latent Diffusion Models",
  /// that are unconditional or controlled by a class, with the settings in their YAML files, and the
  /// samplers in README.md and scripts/latent_imagenet_diffusion.ipynb.
  static let latentDiffusion: [ModelPreset] = [
    latent(
      "cin256-v2", "ImageNet",
      .latent(
        64, 3, channels: 192, multipliers: [1, 2, 3, 5], attention: [2, 4, 8], heads: .count(1),
        classes: 1001),
      .vq4,
      sampling: [
        .ddim(20, eta: 0, cfgScale: 3), .ddim(250, eta: 0, cfgScale: 1.5), .plms(20, cfgScale: 3),
      ],
      url: "nitro/cin/model.ckpt"),
    latent(
      "cin256", "ImageNet",
      .latent(
        32, 4, channels: 256, multipliers: [1, 2, 4], attention: [1, 2, 4],
        heads: .channelsEach(32), classes: 1000),
      .vq8, sampling: [.ddim(200, eta: 1)],
      note: "it was trained without a null class, so classifier-free guidance is not possible",
      url: "cin.zip"),
    latent(
      "celeba256", "CelebA-HQ", .faces, .vq4, sampling: [.ddim(200, eta: 0)], url: "celeba.zip"),
    latent("ffhq256", "FFHQ", .faces, .vq4, sampling: [.ddim(200, eta: 1)], url: "ffhq.zip"),
    latent(
      "lsun_beds256", "LSUN bedrooms", .faces, .vq4, sampling: [.ddim(200, eta: 1)],
      url: "lsun_bedrooms.zip"),
    latent(
      "lsun_churches256", "LSUN churches",
      .latent(
        32, 4, channels: 192, multipliers: [1, 2, 2, 4, 4], attention: [1, 2, 4, 8],
        heads: .count(8), scaleShift: true, updown: true, classes: nil),
      .kl8, betaEnd: 0.0155, hasMeasuredScale: true, sampling: [.ddim(500, eta: 0)],
      note: "its authors ask for 400 steps, of which their sampler makes 500",
      url: "lsun_churches.zip"),
  ]

  /// - Parameter url: the address of the file below the folder of the models.
  private static func latent(
    _ name: String, _ images: String, _ unet: UNetConfiguration,
    _ firstStage: AutoencoderConfiguration, betaEnd: Double = 0.0195,
    hasMeasuredScale: Bool = false, sampling: [SamplingDefaults], note: String? = nil, url: String
  ) -> ModelPreset {
    ModelPreset(
      name, .latentDiffusion, images, unet,
      DiffusionConfiguration(LatentProcess(betaStart: 0.0015, betaEnd: betaEnd)),
      latents: Latents(firstStage: firstStage, hasMeasuredScale: hasMeasuredScale),
      sampling: sampling, note: note, url: "https://ommer-lab.com/files/latent-diffusion/\(url)")
  }
}

// MARK: - The notation of the table

extension UNetConfiguration {
  /// A network of latent-diffusion's `UNetModel`.
  ///
  /// - Parameters:
  ///   - size: the height and width of a latent.
  ///   - latentChannels: the channels of a latent.
  ///   - attention: the downsampling factors of levels with attention.
  ///   - classes: the number of classes, or `nil` for an unconditional network, which has no
  ///     transformers.
  fileprivate static func latent(
    _ size: Int, _ latentChannels: Int, channels: Int, multipliers: [Double], attention: [Int],
    heads: AttentionHeads, scaleShift: Bool = false, updown: Bool = false, classes: Int?
  ) -> UNetConfiguration {
    UNetConfiguration(
      imageSize: size, inChannels: latentChannels, modelChannels: channels, residualBlocks: 2,
      channelMultipliers: multipliers, attentionDownsamplings: attention, heads: heads,
      attentionOrder: .legacy, usesScaleShiftNorm: scaleShift, resamplesInResidualBlocks: updown,
      classCount: classes, nullClass: LatentClasses.null(of: classes), learnsSigma: false,
      latentChannels: latentChannels,
      spatialTransformer: classes.map { _ in .init(contextChannels: 512) })
  }

  /// The network of the models of faces and bedrooms.
  fileprivate static let faces = latent(
    64, 3, channels: 224, multipliers: [1, 2, 3, 4], attention: [2, 4, 8],
    heads: .channelsEach(32), classes: nil)
}

extension AutoencoderConfiguration {
  fileprivate static let vq4 = AutoencoderConfiguration(
    kind: .vq(codes: 8192, quantises: true), imageSize: 256, latentChannels: 3, stemChannels: 128,
    widths: [128, 256, 512], residualBlocks: 2, attentionDownsamplings: [])
  fileprivate static let vq8 = AutoencoderConfiguration(
    kind: .vq(codes: 16384, quantises: true), imageSize: 256, latentChannels: 4,
    stemChannels: 128, widths: [128, 256, 256, 512], residualBlocks: 2, attentionDownsamplings: [8])
  fileprivate static let kl8 = AutoencoderConfiguration(
    kind: .kl, imageSize: 256, latentChannels: 4, stemChannels: 128, widths: [128, 256, 512, 512],
    residualBlocks: 2, attentionDownsamplings: [])
}

extension SamplingDefaults {
  fileprivate static func ddim(
    _ steps: Int, eta: Float, cfgScale: Double? = nil
  ) -> SamplingDefaults {
    SamplingDefaults(sampler: "ddim", steps: "\(steps)", cfgScale: cfgScale, eta: eta)
  }

  fileprivate static func plms(_ steps: Int, cfgScale: Double) -> SamplingDefaults {
    SamplingDefaults(sampler: "plms", steps: "\(steps)", cfgScale: cfgScale)
  }
}
