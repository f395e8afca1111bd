/// The settings of a diffusion transformer that the shapes of its tensors determine: all but the number
/// of heads.
package struct TransformerSignature: Sendable, Equatable {
  /// The height and width of the latents, or `nil` if the file does not hold the positions.
  package let imageSize: Int?
  package let channels: Int
  package let patchSize: Int
  package let width: Int
  package let depth: Int
  package let hiddenWidth: Int
  /// The rows of the table of labels, the last of which is the null class.
  package let labelCount: Int
  package let outChannels: Int
  /// Whether there are the networks that REPA aligns features with in training.
  package let hasProjectors: Bool
  /// Whether there are running means and variances of the latents, as in REPA-E.
  package let hasLatentStatistics: Bool
  /// The kind of layers, or `nil` for those of DiT.
  package let layers: TransformerConfiguration.Layers?
  /// The channels of a head, if the file holds a table of rotations.
  package let headWidth: Int?

  /// A tensor that every diffusion transformer has, and the one that belongs to no module.
  static let anchor = "t_embedder.mlp.0.weight"
  static let positions = "pos_embed"
  /// The running means and variances of REPA-E.
  static let latentMean = "bn.running_mean"
  static let latentVariance = "bn.running_var"

  /// Whether these are the names of a diffusion transformer, perhaps with a prefix.
  package static func recognises(_ names: some Sequence<String>) -> Bool {
    names.contains { $0 == anchor || $0.hasSuffix(".\(anchor)") }
  }

  /// - Throws: `ConfigurationError` if the tensors are not those of a diffusion transformer.
  package init(shapes: [String: [Int]]) throws {
    let tensors = StateDictShapes(shapes: shapes)
    try Self.refuseRelatives(tensors)
    let patches = try tensors.required("x_embedder.proj.weight", dimensions: 4)
    guard patches[2] == patches[3] else {
      throw tensors.unreadable("x_embedder.proj.weight", "patches must be squares")
    }
    (width, channels, patchSize) = (patches[0], patches[1], patches[2])
    let area = patchSize * patchSize
    depth = (try tensors.members(of: "blocks").keys.max() ?? -1) + 1
    layers = tensors["blocks.0.mlp.w12.weight"].map { _ in .lightning }
    hiddenWidth =
      layers == nil
      ? try tensors.required("blocks.0.mlp.fc1.weight", dimensions: 2)[0]
      : try tensors.required("blocks.0.mlp.w12.weight", dimensions: 2)[0] / 2
    headWidth =
      layers == nil ? nil : try tensors.required("feat_rope.freqs_cos", dimensions: 2)[1]
    labelCount = try tensors.required("y_embedder.embedding_table.weight", dimensions: 2)[0]
    guard labelCount > 1 else {
      throw tensors.unreadable(
        "y_embedder.embedding_table.weight", "a class and the null class were expected")
    }
    let last = try tensors.required("final_layer.linear.weight", dimensions: 2)
    guard last[0] % area == 0 else {
      throw tensors.unreadable(
        "final_layer.linear.weight", "its rows are not those of patches of \(patchSize) pixels")
    }
    outChannels = last[0] / area
    imageSize = try Self.imageSize(tensors, patchSize: patchSize)
    hasProjectors = tensors.contains(prefix: "projectors.")
    hasLatentStatistics = tensors[Self.latentMean] != nil && tensors[Self.latentVariance] != nil
  }

  private static func imageSize(_ tensors: StateDictShapes, patchSize: Int) throws -> Int? {
    guard tensors[positions] != nil else { return nil }
    let count = try tensors.required(positions, dimensions: 3)[1]
    let side = Int(Double(count).squareRoot().rounded())
    guard side * side == count else {
      throw tensors.unreadable(positions, "its tokens do not make a square")
    }
    return side * patchSize
  }

  /// Refuses transformers with similar names but another structure.
  private static func refuseRelatives(_ tensors: StateDictShapes) throws {
    let isLightning = tensors["blocks.0.mlp.w12.weight"] != nil
    let hasNorms = tensors["blocks.0.norm1.weight"] != nil
    let relatives = [
      (tensors["blocks.0.attn.q_norm.weight"] != nil, "normalised queries (blocks.0.attn.q_norm)"),
      (
        tensors["blocks.0.cross_attn.q_linear.weight"] != nil,
        "cross-attention (blocks.0.cross_attn)"
      ),
      (
        tensors["cls_token"] != nil || tensors["wg_norm.weight"] != nil,
        "a token of its own for the class"
      ),
      (hasNorms != isLightning, "another kind of norms (blocks.0.norm1)"),
      (isLightning && tensors["feat_rope.freqs_cos"] == nil, "no rotations (feat_rope)"),
    ]
    for (isOne, reason) in relatives where isOne {
      throw ConfigurationError(
        .checkpoint,
        "this transformer has \(reason); this version runs those of DiT, SiT, REPA and LightningDiT"
      )
    }
  }
}
