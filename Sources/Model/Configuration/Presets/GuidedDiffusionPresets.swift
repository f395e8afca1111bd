extension PresetSource {
  static let guidedDiffusion = PresetSource(
    "OpenAI", "guided-diffusion", page: "https://github.com/openai/guided-diffusion",
    licence: "MIT",
    use: "for research purposes only, as the model card says",
    folder: "https://openaipublic.blob.core.windows.net/diffusion/jul-2021/")
}

extension ModelPreset {
  /// The models of Dhariwal and Nichol 2021, "Diffusion Models Beat GANs on Image Synthesis", with
  /// the settings in README.md of openai/guided-diffusion.
  static let guidedDiffusion: [ModelPreset] = [
    ModelPreset(
      "64x64_diffusion", .guidedDiffusion, "ImageNet",
      .adm(64, channels: 192, blocks: 3, order: .new, classes: 1000), .cosine,
      sampling: [.ddpm("250", scale: 1)], with: ["64x64_classifier", "64_256_upsampler"]),
    ModelPreset(
      "128x128_diffusion", .guidedDiffusion, "ImageNet",
      .adm(128, heads: .count(4), classes: 1000), .linear,
      sampling: [.ddpm("250", scale: 0.5), .ddim("ddim25", scale: 1.25)],
      with: ["128x128_classifier", "128_512_upsampler"]),
    ModelPreset(
      "256x256_diffusion", .guidedDiffusion, "ImageNet", .adm(256, classes: 1000), .linear,
      sampling: [.ddpm("250", scale: 1), .ddim("ddim25", scale: 2.5)],
      with: ["256x256_classifier"]),
    ModelPreset(
      "256x256_diffusion_uncond", .guidedDiffusion, "ImageNet", .adm(256), .linear,
      sampling: [.ddpm("250", scale: 10)], with: ["256x256_classifier"]),
    ModelPreset(
      "512x512_diffusion", .guidedDiffusion, "ImageNet", .adm(512, classes: 1000), .linear,
      sampling: [.ddpm("250", scale: 4), .ddim("ddim25", scale: 9)],
      with: ["512x512_classifier"]),
    ModelPreset(
      "64_256_upsampler", .guidedDiffusion, "ImageNet",
      .adm(256, inChannels: 6, channels: 192, heads: .count(4), classes: 1000), .linear,
      smallSize: 64, sampling: [.ddpm("250")], with: ["64x64_diffusion"]),
    ModelPreset(
      "128_512_upsampler", .guidedDiffusion, "ImageNet",
      .adm(
        512, inChannels: 6, channels: 192, multipliers: [1, 1, 2, 2, 4, 4], attention: [32, 16],
        classes: 1000), .linear,
      smallSize: 128, sampling: [.ddpm("250")], with: ["128x128_diffusion"]),
    lsun("lsun_bedroom", "bedrooms"),
    lsun("lsun_cat", "cats"),
    lsun("lsun_horse", "horses"),
    lsun("lsun_horse_nodropout", "horses"),
  ]

  private static func lsun(_ name: String, _ images: String) -> ModelPreset {
    ModelPreset(
      name, .guidedDiffusion, images, .adm(256), .linear,
      sampling: [.ddpm("250"), .ddpm("1000")], note: "1000 steps give the best samples")
  }
}
