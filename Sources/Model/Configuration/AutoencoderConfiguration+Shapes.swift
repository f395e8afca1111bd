import Wording

extension AutoencoderConfiguration {
  /// Infers the architecture of an autoencoder from the tensors of its decoder, and of its encoder if
  /// the file has it.
  ///
  /// The tensors show everything but the size of the images.
  ///
  /// - Parameters:
  ///   - shapes: the shape of every tensor by its name, as latent diffusion names them.
  ///   - imageSize: the height and width of the images. Published autoencoders were trained on 256.
  /// - Throws: `ConfigurationError` if these are not the tensors of such an autoencoder.
  package init(shapes: [String: [Int]], imageSize: Int = 256) throws {
    let inference = try AutoencoderInference(StateDictShapes(shapes: shapes))
    self = inference.configuration(imageSize: imageSize)
    try validate()
  }

  /// The settings that differ from those of another configuration, one sentence each. The size of the
  /// images and the network that searches the table may differ.
  ///
  /// - Parameter file: the configuration that the tensors of a file show.
  func contradictions(with file: AutoencoderConfiguration) -> [String] {
    let settings: [(name: String, stated: String, found: String)] = [
      ("the number of codes (n_embed)", Self.text(codeCount), Self.text(file.codeCount)),
      ("embed_dim", "\(latentChannels)", "\(file.latentChannels)"),
      ("z_channels", "\(innerChannels)", "\(file.innerChannels)"),
      ("ch", "\(stemChannels)", "\(file.stemChannels)"),
      ("the widths of the levels (ch times ch_mult)", "\(widths)", "\(file.widths)"),
      ("num_res_blocks", "\(residualBlocks)", "\(file.residualBlocks)"),
      (
        "the downsampling of levels with attention (attn_resolutions)",
        "\(attentionDownsamplings)", "\(file.attentionDownsamplings)"
      ),
      ("attention in the middle (attn_type)", "\(attendsInMiddle)", "\(file.attendsInMiddle)"),
      ("quant_conv", "\(hasQuantConvolution)", "\(file.hasQuantConvolution)"),
      ("post_quant_conv", "\(hasPostQuantConvolution)", "\(file.hasPostQuantConvolution)"),
    ]
    return settings.filter { $0.stated != $0.found }.map {
      "\($0.name) is \($0.stated), but the weights have \($0.found)"
    }
  }

  private static func text(_ count: Int?) -> String { count.map { "\($0)" } ?? "none" }
}

/// Infers the architecture of an autoencoder from its tensors.
private struct AutoencoderInference {
  private let shapes: StateDictShapes
  private let kind: AutoencoderConfiguration.Kind
  private let latentChannels: Int
  private let innerChannels: Int
  private let widths: [Int]
  private let residualBlocks: Int
  private let levelsWithAttention: [Int]

  init(_ shapes: StateDictShapes) throws {
    self.shapes = shapes
    try Self.refuseOthers(shapes)
    let first = try shapes.required("decoder.conv_in.weight", dimensions: 4)
    innerChannels = first[1]
    let table =
      shapes.contains(prefix: "quantize.")
      ? try shapes.required("quantize.embedding.weight", dimensions: 2) : nil
    kind = table.map { .vq(codes: $0[0], quantises: true) } ?? .kl
    let postQuant =
      shapes["post_quant_conv.weight"] == nil
      ? nil : try shapes.required("post_quant_conv.weight", dimensions: 4)
    latentChannels = postQuant?[1] ?? table?[1] ?? innerChannels
    let levels = NetworkLimits.levels.prefix { shapes.contains(prefix: "decoder.up.\($0 - 1).") }
    widths = try levels.map {
      try shapes.required("decoder.up.\($0 - 1).block.0.conv1.weight", dimensions: 4)[0]
    }
    guard !widths.isEmpty else {
      throw shapes.unreadable("decoder.conv_in.weight", "there are no levels (decoder.up.0)")
    }
    residualBlocks =
      NetworkLimits.residualBlocks.prefix { shapes.contains(prefix: "decoder.up.0.block.\($0).") }
      .count
    levelsWithAttention = widths.indices.filter {
      shapes.contains(prefix: "decoder.up.\($0).attn.")
    }
  }

  func configuration(imageSize: Int) -> AutoencoderConfiguration {
    let hasEncoder = shapes.contains(prefix: "encoder.")
    return AutoencoderConfiguration(
      kind: kind, imageSize: imageSize, latentChannels: latentChannels,
      innerChannels: innerChannels,
      stemChannels: shapes["encoder.conv_in.weight"]?.first ?? widths[0], widths: widths,
      residualBlocks: residualBlocks,
      attentionDownsamplings: levelsWithAttention.map { downsampling(ofLevel: $0) },
      attendsInMiddle: shapes.contains(prefix: "decoder.mid.attn_1."),
      hasQuantConvolution: shapes["quant_conv.weight"] != nil || !hasEncoder,
      hasPostQuantConvolution: shapes["post_quant_conv.weight"] != nil)
  }

  // MARK: - Other networks

  /// Parts of names in autoencoders that this program does not run.
  private static let foreignParts = [
    (".to_qkv.", "linear attention (attn_type linear or use_linear_attn)"),
    (".conv_shortcut.", "3×3 convolutions as shortcuts (conv_shortcut)"),
    (".temb_proj.", "an embedding of timesteps"),
    ("quantize.used", "a codebook of which only a part is used (remap)"),
    ("quantize.proj.", "a Gumbel quantiser"),
  ]

  private static func refuseOthers(_ shapes: StateDictShapes) throws {
    guard shapes["decoder.conv_in.weight"] != nil else { throw noDecoder(shapes) }
    let names = shapes.shapes.keys.filter { name in
      ["decoder.", "encoder.", "quantize."].contains { name.hasPrefix($0) }
    }
    for (part, feature) in foreignParts {
      guard let name = names.filter({ $0.contains(part) }).min() else { continue }
      throw ConfigurationError(
        .checkpoint,
        "the first stage has \(feature), which this version does not run (\(name.printable))")
    }
    let result = try shapes.required("decoder.conv_out.weight", dimensions: 4)[0]
    guard result == 3 else {
      throw shapes.unreadable(
        "decoder.conv_out.weight",
        "the first stage makes images of \(result) channels; this program makes RGB images only")
    }
  }

  private static func noDecoder(_ shapes: StateDictShapes) -> ConfigurationError {
    let example = shapes.shapes.keys.min().map { " (one is \($0.printable))" } ?? ""
    let isDiffusers = shapes.shapes.keys.contains { $0.hasPrefix("decoder.up_blocks.") }
    return ConfigurationError(
      .checkpoint,
      isDiffusers
        ? "this first stage has the names of the diffusers library (decoder.up_blocks): give the"
          + " folder that the file is in, with its config.json"
        : "this is no first stage of latent diffusion: there is no decoder.conv_in.weight among"
          + " its \(shapes.shapes.count) tensors\(example)")
  }
}
