/// The names of guided-diffusion for the tensors of the diffusers library's `UNet2DModel`
/// (unet_2d.py and unet_2d_blocks.py).
///
/// Both libraries have the same layers in the same order, but divide them differently: guided-diffusion
/// numbers all blocks of the encoder, and diffusers those of each level. The queries, keys and values
/// of attention have three matrices in diffusers, whose rows are `[head][channel]`. Together they are
/// the matrix of guided-diffusion's new order, `[q, k, v][head][channel]`.
struct DiffusersNames {
  /// A tensor that the network always has.
  static let pattern = NetworkPattern(anchor: "time_embedding.linear_1.weight")

  /// The number of residual blocks of a level of the encoder.
  private let residualBlocks: Int
  /// The levels of the decoder that have attention, in the order of the decoder.
  private let levelsWithAttention: Set<Int>

  /// The position of a tensor in the network: its name in guided-diffusion, and the part of it that
  /// this tensor is if it is one of the three matrices of attention.
  struct Place: Equatable {
    var name: String
    var part: Int?
  }

  /// - Parameter names: the names of all tensors of the network.
  init(_ names: some Sequence<String>) {
    var lastBlock = 0
    var levelsWithAttention: Set<Int> = []
    for name in names {
      guard let block = DiffusersBlock(name) else { continue }
      if block.group == "down_blocks", block.kind == "resnets" {
        lastBlock = max(lastBlock, block.number)
      }
      if block.group == "up_blocks", block.kind == "attentions" {
        levelsWithAttention.insert(block.level)
      }
    }
    residualBlocks = lastBlock + 1
    self.levelsWithAttention = levelsWithAttention
  }

  /// Returns the place of a tensor, or `nil` if guided-diffusion's network has none for it.
  func place(of name: String) -> Place? {
    if let name = Self.outside[name] { return Place(name: name) }
    guard let block = DiffusersBlock(name), let (module, layer) = module(block) else { return nil }
    switch layer {
    case .attention: return Self.attention(block.rest, in: module)
    case .residual: return Self.named(block.rest, by: Self.residual, in: module)
    case .resampling(let layer):
      guard block.rest.hasPrefix("conv.") else {
        return Self.named(block.rest, by: Self.residual, in: module)
      }
      return Place(name: "\(module).\(layer).\(block.rest.dropFirst(5))")
    }
  }

  /// A kind of layer, with guided-diffusion's name of the convolution of a resampling layer.
  private enum Layer {
    case residual, attention
    case resampling(convolution: String)
  }

  /// Returns guided-diffusion's name of a module.
  private func module(_ block: DiffusersBlock) -> (name: String, layer: Layer)? {
    let (level, number, each) = (block.level, block.number, residualBlocks + 1)
    switch (block.group, block.kind) {
    case ("down_blocks", "resnets"):
      return ("input_blocks.\(1 + level * each + number).0", .residual)
    case ("down_blocks", "attentions"):
      return ("input_blocks.\(1 + level * each + number).1", .attention)
    case ("down_blocks", "downsamplers"):
      return ("input_blocks.\((level + 1) * each).0", .resampling(convolution: "op"))
    case ("mid_block", "resnets"): return ("middle_block.\(2 * number)", .residual)
    case ("mid_block", "attentions"): return ("middle_block.\(2 * number + 1)", .attention)
    case ("up_blocks", "resnets"): return ("output_blocks.\(level * each + number).0", .residual)
    case ("up_blocks", "attentions"):
      return ("output_blocks.\(level * each + number).1", .attention)
    case ("up_blocks", "upsamplers"):
      let position = levelsWithAttention.contains(level) ? 2 : 1
      return (
        "output_blocks.\(level * each + residualBlocks).\(position)",
        .resampling(convolution: "conv")
      )
    default: return nil
    }
  }

  // MARK: - Layers

  /// Returns the place of `rest`, such as `norm1.weight`, if its module has a name.
  private static func named(
    _ rest: Substring, by names: [String: String], in module: String
  ) -> Place? {
    guard let dot = rest.lastIndex(of: "."), let name = names[String(rest[..<dot])] else {
      return nil
    }
    return Place(name: "\(module).\(name)\(rest[dot...])")
  }

  private static func attention(_ rest: Substring, in module: String) -> Place? {
    guard let dot = rest.lastIndex(of: ".") else { return nil }
    if let part = parts[String(rest[..<dot])] {
      return Place(name: "\(module).qkv\(rest[dot...])", part: part)
    }
    return named(rest, by: attention, in: module)
  }

  private static let residual = [
    "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
  ]

  /// The first name of each pair is that of current versions, the second that of versions before
  /// 0.15.
  private static let attention = [
    "group_norm": "norm", "to_out.0": "proj_out", "proj_attn": "proj_out",
  ]
  private static let parts = [
    "to_q": 0, "query": 0, "to_k": 1, "key": 1, "to_v": 2, "value": 2,
  ]

  private static let outside = Dictionary(
    uniqueKeysWithValues: [
      ("time_embedding.linear_1", "time_embed.0"), ("time_embedding.linear_2", "time_embed.2"),
      ("class_embedding", "label_emb"), ("conv_in", "input_blocks.0.0"), ("conv_norm_out", "out.0"),
      ("conv_out", "out.2"),
    ].flatMap { theirs, ours in
      ["weight", "bias"].map { ("\(theirs).\($0)", "\(ours).\($0)") }
    })
}
