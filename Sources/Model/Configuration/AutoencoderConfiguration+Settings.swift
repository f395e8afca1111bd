import Checkpoint
import Wording

/// Settings that are a part of a file, such as one of the dictionaries in a YAML file.
package struct NamedSettings: Settings {
  package let name: String
  private let values: [String: Setting]

  /// - Parameter name: the place of the settings in messages.
  package init(_ name: String, _ values: [String: Setting]) {
    self.name = name
    self.values = values
  }

  package subscript(key: String) -> Setting? { values[key] }
}

extension AutoencoderConfiguration {
  /// The first stage that a YAML file of latent diffusion describes, in `first_stage_config` or in
  /// the `model` of a first stage of its own.
  ///
  /// - Parameters:
  ///   - target: the Python class, such as `ldm.models.autoencoder.VQModelInterface`.
  ///   - parameters: `params`, of which embed_dim, n_embed and remap are read.
  ///   - network: `params.ddconfig`.
  /// - Throws: `ConfigurationError` that lists the settings that this program cannot follow.
  package init(target: String, parameters: any Settings, network: any Settings) throws {
    var outer = SettingsReader(parameters)
    let latentChannels = outer.requiredInteger("embed_dim", in: NetworkLimits.channels)
    let kind = Self.kind(ofTarget: target, &outer)
    try outer.finish(Self.refusal)
    var inner = SettingsReader(network)
    let levels = LatentDiffusionLevels(&inner)
    let innerChannels = inner.requiredInteger("z_channels", in: NetworkLimits.channels)
    inner.require("double_z", .flag(kind == .kl))
    Self.requireCommonLayers(&inner)
    try inner.finish(Self.refusal)
    self.init(
      kind: kind, imageSize: levels.resolution, latentChannels: latentChannels,
      innerChannels: innerChannels, stemChannels: levels.channels, widths: levels.widths,
      residualBlocks: levels.residualBlocks,
      attentionDownsamplings: levels.attentionDownsamplings, attendsInMiddle: levels.attends)
    try validate()
  }

  private static let refusal = "describes a first stage that this version does not run"

  private static func kind(ofTarget target: String, _ reader: inout SettingsReader) -> Kind {
    let name = target.split(separator: ".").last.map(String.init) ?? target
    switch name {
    case "AutoencoderKL": return .kl
    case "VQModel", "VQModelInterface":
      reader.require("remap", .null)
      return .vq(
        codes: reader.requiredInteger("n_embed", in: NetworkLimits.codes),
        quantises: name == "VQModelInterface")
    default:
      reader.report(
        "target is \(target.printable): only AutoencoderKL, VQModel and VQModelInterface are supported"
      )
      return .kl
    }
  }

  /// Requires the layers that all published first stages have.
  private static func requireCommonLayers(_ reader: inout SettingsReader) {
    reader.require("in_channels", .number(3))
    reader.require("out_ch", .number(3))
    reader.require("resamp_with_conv", .flag(true))
    for key in ["conv_shortcut", "give_pre_end", "tanh_out", "use_linear_attn"] {
      reader.require(key, .flag(false))
    }
  }
}

/// The levels of a first stage in a `ddconfig`.
private struct LatentDiffusionLevels {
  /// The height and width of the images that the autoencoder was trained on.
  let resolution: Int
  let channels: Int
  let widths: [Int]
  let residualBlocks: Int
  /// Whether there is attention at all.
  let attends: Bool
  let attentionDownsamplings: [Int]

  /// Reads the levels. What cannot be represented is reported to `reader`.
  init(_ reader: inout SettingsReader) {
    resolution = reader.requiredInteger("resolution", in: NetworkLimits.imageSize)
    channels = reader.requiredInteger("ch", in: NetworkLimits.channels)
    residualBlocks = reader.requiredInteger("num_res_blocks", in: NetworkLimits.residualBlocks)
    let multipliers = reader.integers("ch_mult", in: NetworkLimits.channels)
    if !NetworkLimits.levels.contains(multipliers.count), reader.problems.isEmpty {
      reader.report(
        "ch_mult has \(multipliers.count) levels, but at most \(NetworkLimits.levels.upperBound) are"
          + " supported")
    }
    widths = multipliers.map { [channels] in channels * $0 }
    attends = reader.text("attn_type", among: ["vanilla", "none"]) != "none"
    let resolutions = reader.integers(
      "attn_resolutions", in: NetworkLimits.imageSize, allowsNone: true)
    attentionDownsamplings =
      attends
      ? widths.indices.map { downsampling(ofLevel: $0) }
        .filter { [resolution] in resolutions.contains(resolution / $0) } : []
  }
}
