/// The levels of a `UNet2DModel`: the settings that diffusers gives for each level separately.
struct DiffusersLevels {
  /// The channels of each level, from the full resolution on.
  let widths: [Int]
  /// Whether each level has attention.
  let haveAttention: [Bool]
  /// Whether residual blocks change the resolution. Otherwise layers of their own do.
  let resampleInResidualBlocks: Bool

  private static let down = ["DownBlock2D", "AttnDownBlock2D", "ResnetDownsampleBlock2D"]
  private static let up = ["UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D"]

  /// Reads the levels. What cannot be represented is reported to `reader`.
  init(_ reader: inout SettingsReader) {
    let kinds = ["conv", "resnet"]
    widths = reader.integers("block_out_channels", in: NetworkLimits.channels)
    let down = reader.texts("down_block_types", among: Self.down)
    let up = Array(reader.texts("up_block_types", among: Self.up).reversed())
    let downsampling = reader.text("downsample_type", among: kinds) ?? "conv"
    let upsampling = reader.text("upsample_type", among: kinds) ?? "conv"
    haveAttention = down.map { $0.hasPrefix("Attn") }

    let resampling =
      down.dropLast().map { Self.resamplesInResidualBlock($0, or: downsampling) }
      + up.dropFirst().map { Self.resamplesInResidualBlock($0, or: upsampling) }
    resampleInResidualBlocks = resampling.first ?? false
    guard reader.problems.isEmpty else { return }
    if Set([widths.count, down.count, up.count]).count > 1 {
      reader.report(
        "block_out_channels, down_block_types and up_block_types have different lengths")
    } else if haveAttention != up.map({ $0.hasPrefix("Attn") }) {
      reader.report(
        "down_block_types and up_block_types have attention at different resolutions, which "
          + "guided-diffusion's network cannot have")
    } else if Set(resampling).count > 1 {
      reader.report(
        "some levels change the resolution in residual blocks and others in convolutions "
          + "(down_block_types, up_block_types, downsample_type, upsample_type), which "
          + "guided-diffusion's network cannot do")
    }
  }

  private static func resamplesInResidualBlock(_ block: String, or kind: String) -> Bool {
    block.hasPrefix("Attn") ? kind == "resnet" : block.hasPrefix("Resnet")
  }

  /// The downsampling factors of the levels with attention.
  var attentionDownsamplings: [Int] {
    haveAttention.indices.filter { haveAttention[$0] }.map(downsampling(ofLevel:))
  }
}
