extension PresetSource {
  static let rePaint = PresetSource(
    "RePaint", page: "https://github.com/andreas128/RePaint", licence: "CC BY-NC-SA 4.0")
  static let segmentation = PresetSource(
    "Yandex Research", page: "https://github.com/yandex-research/ddpm-segmentation",
    licence: "MIT")
  static let posteriorSampling = PresetSource(
    "DPS", page: "https://github.com/DPS2022/diffusion-posterior-sampling", licence: nil)
  static let p2Weighting = PresetSource(
    "P2 weighting", page: "https://github.com/jychoi118/P2-weighting", licence: "MIT")
  static let inputPerturbation = PresetSource(
    "DDPM-IP", page: "https://github.com/forever208/DDPM-IP", licence: "MIT")
  static let crowson = PresetSource(
    "Katherine Crowson",
    page: "https://huggingface.co/lowlevelware/512x512_diffusion_unconditional_ImageNet",
    licence: "MIT")
  static let kaliYuga = PresetSource(
    "KaliYuga", page: "https://huggingface.co/KaliYuga", licence: nil)
  static let felipe3DArtist = PresetSource(
    "felipe3dartist", page: "https://huggingface.co/felipe3dartist/portrait_generator_v001",
    licence: nil)
}

extension ModelPreset {
  /// Models that others trained with guided-diffusion's code, with the settings that they publish.
  /// `rescale_timesteps`, which some of them set, has no effect with 1000 steps.
  static let community: [ModelPreset] = [
    ModelPreset(
      "celeba256_250000", .rePaint, "CelebA-HQ", .adm(256), .linear, sampling: [.ddpm("250")]),
    ModelPreset(
      "places256_300000", .rePaint, "Places", .adm(256), .linear, sampling: [.ddpm("250")]),
    ModelPreset(
      "ffhq", .segmentation, "FFHQ", .adm(256), .linear,
      url: "https://storage.yandexcloud.net/yandex-research/ddpm-segmentation/models/"
        + "ddpm_checkpoints/ffhq.pt"),
    ModelPreset("ffhq_10m", .posteriorSampling, "FFHQ", .light, .linear),
    ModelPreset(
      "ffhq_p2", .p2Weighting, "FFHQ", .light, .linear, sampling: [.ddpm("250")],
      note: "those of CelebA-HQ, CUB, AFHQ dogs, Flowers and MetFaces have the same settings"),
    perturbed("ddpm-ip_cifar10", "CIFAR-10", .small),
    perturbed("ddpm-ip_imagenet32", "ImageNet", .small),
    perturbed(
      "ddpm-ip_lsun_tower", "towers", .adm(64, channels: 192, blocks: 3, order: .new)),
    perturbed(
      "ddpm-ip_celeba64", "CelebA", .adm(64, channels: 192, blocks: 3, order: .new)),
    perturbed("ddpm-ip_ffhq128", "FFHQ", .adm(128, blocks: 3, order: .new)),
    ModelPreset(
      "512x512_diffusion_uncond_finetune_008100", .crowson, "ImageNet", .adm(512), .linear,
      with: ["512x512_classifier"],
      url: PresetSource.crowson.page
        + "/resolve/main/512x512_diffusion_uncond_finetune_008100.pt"),
    finetuned("pixel_art_diffusion_hard_256", "pixel art"),
    finetuned("pixel_art_diffusion_soft_256", "pixel art"),
    finetuned("pixelartdiffusion4k", "pixel art"),
    finetuned("PADexpanded", "pixel art"),
    finetuned("watercolordiffusion", "paintings"),
    finetuned("watercolordiffusion_2", "paintings"),
    finetuned("PulpSciFiDiffusion", "pulp art"),
    ModelPreset(
      "portrait_generator_v001", .felipe3DArtist, "portraits",
      .adm(512, channels: 128, heads: .count(4)), .linear,
      files: ["portrait_generator_v001_ema_0.9999_1MM", "portrait_generator_v001"]),
  ]

  /// A model of Ning et al. 2023, "Input Perturbation Reduces Exposure Bias in Diffusion Models".
  private static func perturbed(
    _ name: String, _ images: String, _ unet: UNetConfiguration
  ) -> ModelPreset {
    ModelPreset(
      name, .inputPerturbation, images, unet, .cosine, sampling: [.ddpm("100")],
      files: ["ADM-IP", "ADM-baseline"])
  }

  private static func finetuned(_ name: String, _ images: String) -> ModelPreset {
    ModelPreset(
      name, .kaliYuga, images, .narrow, .linear,
      url: "\(PresetSource.kaliYuga.page)/\(name)")
  }
}

extension UNetConfiguration {
  /// The light network of P2 weighting.
  fileprivate static let light = adm(256, channels: 128, blocks: 1, attention: [16])
  /// The network of DDPM-IP's images of 32×32 pixels.
  fileprivate static let small = adm(
    32, channels: 128, blocks: 3, multipliers: [1, 2, 2, 2], attention: [16, 8],
    heads: .channelsEach(32), order: .new)
}
