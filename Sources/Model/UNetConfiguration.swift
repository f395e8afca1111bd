/// Everything that fixes the architecture of guided-diffusion's `UNetModel` (unet.py).
package struct UNetConfiguration: Sendable, Equatable, Codable {
  /// Height and width of the images, in pixels.
  package var imageSize: Int
  package var inChannels = 3
  /// Width of the first level; `num_channels` in the reference's flags.
  package var modelChannels: Int
  package var residualBlocks: Int
  /// Width of each level as a multiple of `modelChannels`; 0.5 occurs.
  package var channelMultipliers: [Double]
  /// Downsampling factors (not resolutions) at which attention takes place, ascending.
  package var attentionDownsamplings: [Int]
  package var heads: AttentionHeads
  /// Heads on the way up when they differ from `heads`; `num_heads_upsample`.
  package var headsUp: AttentionHeads?
  package var attentionOrder: AttentionOrder
  package var usesScaleShiftNorm: Bool
  /// Down- and upsampling by residual blocks; otherwise by `Downsample` and `Upsample` layers.
  package var resamplesInResidualBlocks: Bool
  /// Whether `Downsample` and `Upsample` layers have a convolution.
  package var convolvesWhenResampling = true
  /// `nil` when the network takes no label.
  package var classCount: Int?
  /// Six output channels (ε and v) instead of three.
  package var learnsSigma: Bool

  package var outChannels: Int { learnsSigma ? 6 : 3 }

  package init(
    imageSize: Int, inChannels: Int = 3, modelChannels: Int, residualBlocks: Int,
    channelMultipliers: [Double], attentionDownsamplings: [Int], heads: AttentionHeads,
    headsUp: AttentionHeads? = nil, attentionOrder: AttentionOrder, usesScaleShiftNorm: Bool,
    resamplesInResidualBlocks: Bool, convolvesWhenResampling: Bool = true, classCount: Int?,
    learnsSigma: Bool
  ) {
    self.imageSize = imageSize
    self.inChannels = inChannels
    self.modelChannels = modelChannels
    self.residualBlocks = residualBlocks
    self.channelMultipliers = channelMultipliers
    self.attentionDownsamplings = attentionDownsamplings
    self.heads = heads
    self.headsUp = headsUp
    self.attentionOrder = attentionOrder
    self.usesScaleShiftNorm = usesScaleShiftNorm
    self.resamplesInResidualBlocks = resamplesInResidualBlocks
    self.convolvesWhenResampling = convolvesWhenResampling
    self.classCount = classCount
    self.learnsSigma = learnsSigma
  }
}

/// How an attention block's channels are divided into heads.
package enum AttentionHeads: Sendable, Equatable, Codable {
  case count(Int)
  case channelsEach(Int)

  package func count(channels: Int) -> Int {
    switch self {
    case .count(let count): count
    case .channelsEach(let width): channels / width
    }
  }
}

/// Order of the channels that the qkv projection puts out.
package enum AttentionOrder: String, Sendable, Codable {
  /// `[head][q, k, v][channel]`: QKVAttentionLegacy.
  case legacy
  /// `[q, k, v][head][channel]`: QKVAttention.
  case new
}
