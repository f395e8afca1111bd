/// The names of latent diffusion for the tensors of the diffusers library's `AutoencoderKL` and
/// `VQModel` (vae.py and unet_2d_blocks.py).
///
/// Both libraries have the same layers. diffusers counts the levels of the decoder from the lowest
/// resolution, and latent diffusion from the highest one.
struct DiffusersAutoencoderNames {
  /// A tensor that the network always has.
  static let pattern = NetworkPattern(anchor: "decoder.conv_in.weight")

  /// The number of levels.
  private let levels: Int

  /// - Parameter names: the names of all tensors of the network.
  init(_ names: some Sequence<String>) {
    let deepest = names.compactMap { name -> Int? in
      guard let (_, block) = Self.divided(name), block.group == "up_blocks" else { return nil }
      return block.level
    }.max()
    levels = (deepest ?? -1) + 1
  }

  /// Gives tensors the names and shapes of latent diffusion. No element is read.
  ///
  /// - Returns: the tensors in the order of the file.
  /// - Throws: `CheckpointError.badData` for a tensor that latent diffusion's autoencoders do not have,
  ///   or that is there twice.
  static func renamed(
    _ tensors: [StoredTensor], _ file: MappedFile
  ) throws(CheckpointError) -> [CheckpointTensor] {
    let names = DiffusersAutoencoderNames(tensors.map(\.name))
    var found: Set<String> = []
    var renamed: [CheckpointTensor] = []
    for tensor in tensors {
      guard let name = names.name(of: tensor.name) else {
        throw file.badData(
          "tensor \(tensor.name)",
          "does not belong to an autoencoder with the layers of latent diffusion's")
      }
      guard found.insert(name).inserted else {
        throw file.badData("tensor \(tensor.name)", "is there under two names")
      }
      renamed.append(
        CheckpointTensor(name: name, shape: shape(of: tensor, named: name), parts: [tensor]))
    }
    return renamed
  }

  /// Returns the name in latent diffusion, or `nil` if its autoencoders have no such tensor.
  func name(of name: String) -> String? {
    if let same = Self.outside[name] { return same }
    guard let (network, block) = Self.divided(name), let (module, layers) = module(block),
      let dot = block.rest.lastIndex(of: "."), let layer = layers[String(block.rest[..<dot])]
    else { return nil }
    return "\(network).\(module).\(layer)\(block.rest[dot...])"
  }

  /// Divides the name of a tensor of the encoder or the decoder.
  private static func divided(_ name: String) -> (network: Substring, block: DiffusersBlock)? {
    guard let dot = name.firstIndex(of: "."), ["encoder", "decoder"].contains(name[..<dot]),
      let block = DiffusersBlock(String(name[name.index(after: dot)...]))
    else { return nil }
    return (name[..<dot], block)
  }

  /// Returns the name of a module in latent diffusion, and the names of its layers.
  private func module(_ block: DiffusersBlock) -> (name: String, layers: [String: String])? {
    let (level, number) = (block.level, block.number)
    let group =
      block.group == "up_blocks" ? "up.\(levels - 1 - level)" : "down.\(level)"
    switch (block.group, block.kind) {
    case ("down_blocks", "resnets"), ("up_blocks", "resnets"):
      return ("\(group).block.\(number)", Self.residual)
    case ("down_blocks", "attentions"), ("up_blocks", "attentions"):
      return ("\(group).attn.\(number)", Self.attention)
    case ("down_blocks", "downsamplers"): return ("\(group).downsample", Self.resampling)
    case ("up_blocks", "upsamplers"): return ("\(group).upsample", Self.resampling)
    case ("mid_block", "resnets"): return ("mid.block_\(number + 1)", Self.residual)
    case ("mid_block", "attentions"): return ("mid.attn_\(number + 1)", Self.attention)
    default: return nil
    }
  }

  // MARK: - Layers

  private static let residual = [
    "norm1": "norm1", "conv1": "conv1", "norm2": "norm2", "conv2": "conv2",
    "conv_shortcut": "nin_shortcut",
  ]

  /// The second name of each pair is that of versions before 0.15.
  private static let attention = [
    "group_norm": "norm", "to_q": "q", "query": "q", "to_k": "k", "key": "k", "to_v": "v",
    "value": "v", "to_out.0": "proj_out", "proj_attn": "proj_out",
  ]

  private static let resampling = ["conv": "conv"]

  private static let outside = Dictionary(
    uniqueKeysWithValues: [
      ("quant_conv", "quant_conv"), ("post_quant_conv", "post_quant_conv"),
      ("quantize.embedding", "quantize.embedding"),
    ].flatMap(weightAndBias)
      + ["encoder", "decoder"].flatMap { network in
        [("conv_in", "conv_in"), ("conv_norm_out", "norm_out"), ("conv_out", "conv_out")]
          .flatMap { weightAndBias("\(network).\($0)", "\(network).\($1)") }
      })

  private static func weightAndBias(_ theirs: String, _ ours: String) -> [(String, String)] {
    ["weight", "bias"].map { ("\(theirs).\($0)", "\(ours).\($0)") }
  }

  /// The products of attention are linear layers [out, in] in diffusers, and 1×1 convolutions in latent
  /// diffusion.
  private static func shape(of tensor: StoredTensor, named name: String) -> [Int] {
    let isAttention = name.contains(".attn") && tensor.shape.count == 2
    return isAttention ? tensor.shape + [1, 1] : tensor.shape
  }
}
