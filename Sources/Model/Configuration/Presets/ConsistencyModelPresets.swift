extension PresetSource {
  static let consistencyModels = PresetSource(
    "OpenAI", "consistency_models", page: "https://github.com/openai/consistency_models",
    licence: "MIT",
    use: "for research purposes only, as the model card says",
    folder: "https://openaipublic.blob.core.windows.net/consistency/")
}

extension ModelPreset {
  /// The models of Song et al. 2023, "Consistency Models", with the settings in scripts/launch.sh of
  /// openai/consistency_models. All models of a data set have the same shapes.
  static let consistencyModels: [ModelPreset] = [
    edm("edm_imagenet64_ema", "ImageNet", .imageNet64),
    consistency("cd_imagenet64_l2", "ImageNet", .imageNet64, "0,22,39"),
    consistency("cd_imagenet64_lpips", "ImageNet", .imageNet64, "0,22,39"),
    consistency("ct_imagenet64", "ImageNet", .imageNet64, "0,106,200"),
    edm("edm_bedroom256_ema", "bedrooms", .lsun256),
    consistency("cd_bedroom256_l2", "bedrooms", .lsun256, "0,18,39"),
    consistency("cd_bedroom256_lpips", "bedrooms", .lsun256, "0,17,39"),
    consistency("ct_bedroom256", "bedrooms", .lsun256, "0,67,150"),
    edm("edm_cat256_ema", "cats", .lsun256),
    // launch.sh has no levels for two evaluations of the distilled cat models.
    consistency("cd_cat256_l2", "cats", .lsun256, nil),
    consistency("cd_cat256_lpips", "cats", .lsun256, nil),
    consistency("ct_cat256", "cats", .lsun256, "0,62,150"),
  ]

  private static func edm(
    _ name: String, _ images: String, _ unet: UNetConfiguration
  ) -> ModelPreset {
    ModelPreset(name, .consistencyModels, images, unet, .edm)
  }

  /// - Parameter levels: the levels of two evaluations, if they are published.
  private static func consistency(
    _ name: String, _ images: String, _ unet: UNetConfiguration, _ levels: String?
  ) -> ModelPreset {
    ModelPreset(
      name, .consistencyModels, images, unet, .consistency,
      sampling: (levels.map { [.consistency($0)] } ?? []) + [.consistency("1")])
  }
}

extension UNetConfiguration {
  fileprivate static let imageNet64 = consistency(
    64, channels: 192, blocks: 3, scaleShift: true, classes: 1000)
  fileprivate static let lsun256 = consistency(
    256, channels: 256, blocks: 2, scaleShift: false, classes: nil)
}
