import Diffusion

/// A published diffusion transformer, with the settings that its file does not store.
package struct TransformerPreset: Sendable, Equatable {
  package let name: String
  package let source: PresetSource
  package let family: TransformerFamily
  /// The names of the published files, without their extension. Empty if they are too common.
  package let fileNames: [String]
  package let network: TransformerConfiguration
  /// The height and width of the images, in pixels.
  package let imageSide: Int
  /// The settings with which the authors sampled it, the default first.
  package let sampling: [SamplingDefaults]
  package let note: String?
  /// Where to get the file.
  package let url: String

  /// The images that all of them were trained on.
  package var images: String { "ImageNet" }
  package var process: DiffusionConfiguration {
    family.process(learnsSigma: network.learnsSigma)
  }

  /// The name with that of its authors, such as `Meta's DiT-XL-2-256x256`.
  package var title: String { "\(source.owner)'s \(name)" }

  package static func named(_ name: String) -> TransformerPreset? { all.first { $0.name == name } }

  /// Whether a file with this signature can be the model.
  func fits(_ file: TransformerSignature) -> Bool {
    file.imageSize ?? network.imageSize == network.imageSize && file.channels == network.channels
      && file.patchSize == network.patchSize && file.width == network.width
      && file.depth == network.depth && file.labelCount == network.classCount + 1
      && file.outChannels == network.outChannels && file.layers == network.layers
  }

  /// All presets.
  package static let all: [TransformerPreset] = [
    TransformerPreset(
      "DiT-XL-2-256x256", .dit, .dit, .extraLarge(32), files: ["DiT-XL-2-256x256"],
      url: "https://dl.fbaipublicfiles.com/DiT/models/DiT-XL-2-256x256.pt"),
    TransformerPreset(
      "DiT-XL-2-512x512", .dit, .dit, .extraLarge(64), files: ["DiT-XL-2-512x512"],
      url: "https://dl.fbaipublicfiles.com/DiT/models/DiT-XL-2-512x512.pt"),
    TransformerPreset(
      "SiT-XL-2-256", .sit, .sit, .extraLarge(32, out: 8, learnsSigma: false),
      files: ["SiT-XL-2-256", "SiT-XL-2-256x256"]),
    TransformerPreset(
      "repa", .repa, .repa, .extraLarge(32, learnsSigma: false),
      note: "the file is last.pt; its projectors are not used"),
    endToEnd(
      "sit-repae-sdvae", .extraLarge(32, learnsSigma: false), cfg: 2.2, noise: 0...0.65),
    endToEnd("sit-repae-invae", .fine, cfg: 1.8, noise: 0...0.825),
    endToEnd("sit-repae-vavae", .fine, cfg: 1.9, noise: 0...0.825),
    endToEnd("sit-ldm-e2e-vavae", .fine, cfg: 2.5, noise: 0...0.75),
    lightning("lightningdit-xl-imagenet256-800ep", cfg: 6.7, noise: 0...0.875),
    lightning("lightningdit-xl-imagenet256-64ep", cfg: 10, noise: 0...0.9),
  ]

  /// A model of LightningDiT, which needs the latent statistics of its autoencoder.
  private static func lightning(
    _ name: String, cfg: Double, noise: ClosedRange<Double>
  ) -> TransformerPreset {
    TransformerPreset(
      name, .lightningDiT, .lightningDiT, .lightning, files: [name],
      sampling: [SamplingDefaults].lightningDiT(cfg: cfg, noise: noise),
      url: "https://huggingface.co/hustvl/\(name)/blob/main/\(name).pt")
  }

  /// A model of REPA-E, whose latents have means and variances of their own.
  private static func endToEnd(
    _ name: String, _ network: TransformerConfiguration, cfg: Double, noise: ClosedRange<Double>
  ) -> TransformerPreset {
    TransformerPreset(
      name, .endToEnd, .repa, network, sampling: [SamplingDefaults].repa(cfg: cfg, noise: noise),
      note: "REPA-E's files have the number of the step as their name",
      url: "https://huggingface.co/REPA-E/\(name)")
  }

  private init(
    _ name: String, _ source: PresetSource, _ family: TransformerFamily,
    _ network: TransformerConfiguration, files: [String] = [],
    sampling: [SamplingDefaults]? = nil, note: String? = nil, url: String? = nil
  ) {
    self.name = name
    self.source = source
    self.family = family
    self.network = network
    fileNames = files
    // The autoencoders of 4 channels divide the sides by 8, those of 32 by 16.
    imageSide = network.imageSize * (network.channels == 4 ? 8 : 16)
    self.sampling = sampling ?? family.usualSampling
    self.note = note
    self.url = url ?? source.page
  }
}

extension PresetSource {
  fileprivate static let dit = PresetSource(
    "Meta", "DiT", page: "https://github.com/facebookresearch/DiT", licence: "CC BY-NC 4.0")
  fileprivate static let sit = PresetSource(
    "NYU", "SiT", page: "https://github.com/willisma/SiT", licence: "MIT")
  fileprivate static let repa = PresetSource(
    "KAIST", "REPA", page: "https://github.com/sihyun-yu/REPA", licence: "MIT")
  fileprivate static let lightningDiT = PresetSource(
    "HUST", "LightningDiT", page: "https://github.com/hustvl/LightningDiT", licence: "MIT")
  fileprivate static let endToEnd = PresetSource(
    "REPA-E", page: "https://github.com/End2End-Diffusion/REPA-E", licence: "MIT")
}

extension TransformerConfiguration {
  /// A network of size XL with patches of two pixels.
  fileprivate static func extraLarge(
    _ imageSize: Int, out: Int? = nil, learnsSigma: Bool = true
  ) -> TransformerConfiguration {
    TransformerConfiguration(
      imageSize: imageSize, width: 1152, depth: 28, heads: 16, outChannels: out,
      learnsSigma: learnsSigma)
  }

  /// A network of size XL on single pixels of latents of 32 channels.
  fileprivate static let fine = TransformerConfiguration(
    imageSize: 16, channels: 32, patchSize: 1, width: 1152, depth: 28, heads: 16,
    learnsSigma: false)

  /// LightningDiT-XL/1, whose gated MLPs have two thirds of the usual width.
  fileprivate static let lightning = TransformerConfiguration(
    imageSize: 16, channels: 32, patchSize: 1, width: 1152, depth: 28, heads: 16,
    hiddenWidth: 3072, learnsSigma: false, layers: .lightning)
}
