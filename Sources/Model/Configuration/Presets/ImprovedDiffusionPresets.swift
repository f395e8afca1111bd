import Diffusion

extension PresetSource {
  static let improvedDiffusion = PresetSource(
    "OpenAI", "improved-diffusion", page: "https://github.com/openai/improved-diffusion",
    licence: "MIT",
    folder: "https://openaipublic.blob.core.windows.net/diffusion/march-2021/")
}

extension ModelPreset {
  /// The models of Nichol and Dhariwal 2021, "Improved Denoising Diffusion Probabilistic Models",
  /// with the settings in README.md of openai/improved-diffusion, where `rescale_timesteps` is True
  /// by default.
  static let improvedDiffusion: [ModelPreset] = [
    improved(
      "imagenet64_uncond_100M_1500K", "ImageNet", .improved(64), .long(.cosine, rescaled: true)),
    improved(
      "imagenet64_uncond_vlb_100M_1500K", "ImageNet", .improved(64),
      .long(.cosine, rescaled: true), note: likelihood),
    improved(
      "imagenet64_cond_270M_250K", "ImageNet", .improved(64, channels: 192, classes: 1000),
      .long(.cosine, rescaled: false), with: ["upsample_cond_500K"]),
    improved(
      "cifar10_uncond_50M_500K", "CIFAR-10", .improved(32, multipliers: [1, 2, 2, 2]),
      .long(.cosine, rescaled: true)),
    improved(
      "cifar10_uncond_vlb_50M_500K", "CIFAR-10", .improved(32, multipliers: [1, 2, 2, 2]),
      .long(.cosine, rescaled: true), note: likelihood),
    improved(
      "upsample_cond_500K", "ImageNet",
      .improved(256, inChannels: 6, channels: 192, blocks: 2, classes: 1000),
      .long(.linear, rescaled: false), smallSize: 64, with: ["imagenet64_cond_270M_250K"]),
    improved("lsun_uncond_100M_1200K_bs128", "bedrooms", .narrow, .linear),
    improved("lsun_uncond_100M_2400K_bs64", "bedrooms", .narrow, .linear),
  ]

  private static func improved(
    _ name: String, _ images: String, _ unet: UNetConfiguration,
    _ diffusion: DiffusionConfiguration, smallSize: Int? = nil, note: String? = nil,
    with companions: [String] = []
  ) -> ModelPreset {
    ModelPreset(
      name, .improvedDiffusion, images, unet, diffusion, smallSize: smallSize,
      sampling: [.ddpm("250")], note: note, with: companions)
  }

  private static let likelihood = "trained for likelihood (L_vlb) instead of sample quality"
}

extension UNetConfiguration {
  /// The network of the LSUN models, with one head and without scale-shift normalisation.
  static let narrow = improved(256, blocks: 2, attention: [16], heads: 1, scaleShift: false)
}
