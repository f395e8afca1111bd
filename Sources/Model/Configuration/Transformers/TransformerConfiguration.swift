/// The complete architecture of a diffusion transformer: DiT's `DiT` (models.py), which SiT and REPA
/// share, or LightningDiT's.
package struct TransformerConfiguration: Sendable, Equatable, Codable {
  /// The height and width of the latents, in pixels.
  package var imageSize: Int
  /// The channels of the latents.
  package var channels: Int
  /// The height and width of the squares of pixels that become one token.
  package var patchSize: Int
  /// The channels of a token.
  package var width: Int
  /// The number of blocks.
  package var depth: Int
  /// The number of attention heads.
  package var heads: Int
  /// The channels between the two layers of a block's MLP.
  package var hiddenWidth: Int
  /// The number of classes, without the null class, which is the last row of the table of labels.
  package var classCount: Int
  /// The channels that the last layer returns.
  package var outChannels: Int
  /// Whether the network returns ε and v, with twice the channels of the latents, instead of one
  /// prediction. Otherwise the other channels of the last layer, which SiT has, are left out.
  package var learnsSigma: Bool
  /// Whether the file holds the embedding of positions. Otherwise it is computed.
  package var storesPositions: Bool
  /// The kind of layers, or `nil` for those of DiT.
  package var layers: Layers?

  /// A kind of layers.
  package enum Layers: String, Sendable, Codable {
    /// LightningDiT's: RMS norms, gated MLPs, and queries and keys that are rotated by their position.
    case lightning
  }

  /// The class that stands for "no class".
  package var nullClass: Int { classCount }
  /// The height and width in tokens.
  package var side: Int { imageSize / patchSize }
  /// The channels that the network returns.
  package var resultChannels: Int { learnsSigma ? 2 * channels : channels }

  package init(
    imageSize: Int, channels: Int = 4, patchSize: Int = 2, width: Int, depth: Int, heads: Int,
    hiddenWidth: Int? = nil, classCount: Int = 1000, outChannels: Int? = nil,
    learnsSigma: Bool, storesPositions: Bool = true, layers: Layers? = nil
  ) {
    self.imageSize = imageSize
    self.channels = channels
    self.patchSize = patchSize
    self.width = width
    self.depth = depth
    self.heads = heads
    self.hiddenWidth = hiddenWidth ?? 4 * width
    self.classCount = classCount
    self.outChannels = outChannels ?? (learnsSigma ? 2 : 1) * channels
    self.learnsSigma = learnsSigma
    self.storesPositions = storesPositions
    self.layers = layers
  }

  /// The number of heads of the published networks with this width and depth: the sizes XL, L, B and S
  /// of DiT's models.py.
  package static func publishedHeads(width: Int, depth: Int) -> Int? {
    switch (width, depth) {
    case (1152, 28), (1024, 24): 16
    case (768, 12): 12
    case (384, 12): 6
    default: nil
    }
  }

  /// - Throws: `ConfigurationError` if such a network is impossible, or larger than any that exists.
  package func validate() throws {
    let ranges: [(String, Int, ClosedRange<Int>)] = [
      ("the size of the latents", imageSize, NetworkLimits.imageSize),
      ("their channels", channels, 1...4096),
      ("the size of a patch", patchSize, 1...imageSize),
      ("the width", width, NetworkLimits.channels),
      ("the number of blocks", depth, 1...NetworkLimits.blocks),
      ("the number of heads", heads, NetworkLimits.channels),
      ("the width of the MLPs", hiddenWidth, 1...1_048_576),
      ("the number of classes", classCount, NetworkLimits.classes),
      ("the output channels", outChannels, 1...8192),
    ]
    var problems = ranges.compactMap { name, value, range in
      range.contains(value) ? nil : "\(name) cannot be \(value)"
    }
    if problems.isEmpty {
      problems = divisionProblems
    }
    guard problems.isEmpty else {
      throw ConfigurationError(
        .checkpoint, "a diffusion transformer with these settings is impossible", details: problems)
    }
  }

  private var divisionProblems: [String] {
    var problems: [String] = []
    if imageSize % patchSize != 0 {
      problems.append("latents of \(imageSize) pixels do not divide into patches of \(patchSize)")
    }
    if width % heads != 0 {
      problems.append("\(heads) heads (--num_heads) do not divide the width of \(width)")
    }
    if layers == .lightning && width % (2 * heads) != 0 {
      problems.append("the channels of a head, \(width / heads), are not pairs")
    }
    if !storesPositions && width % 4 != 0 {
      problems.append("the positions need a width that 4 divides, not \(width)")
    }
    if outChannels < resultChannels {
      problems.append(
        "the last layer has \(outChannels) channels, and \(resultChannels) are needed for latents of"
          + " \(channels)")
    }
    return problems
  }
}
