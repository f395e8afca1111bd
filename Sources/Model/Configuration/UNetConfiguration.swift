/// The complete architecture of a UNet: guided-diffusion's `UNetModel` (unet.py).
package struct UNetConfiguration: Sendable, Equatable, Codable {
  /// The height and width of the images, in pixels.
  package var imageSize: Int
  /// The number of input channels: those of xₜ, followed by those of an image to enlarge if there
  /// is one.
  package var inChannels = 3
  /// The width of the first level, `num_channels` in the reference's flags.
  package var modelChannels: Int
  package var residualBlocks: Int
  /// The width of each level as a multiple of `modelChannels`. 0.5 occurs.
  package var channelMultipliers: [Double]
  /// The downsampling factors (not resolutions) of levels with attention, in ascending order.
  package var attentionDownsamplings: [Int]
  package var heads: AttentionHeads
  /// The heads in the decoder, if they differ from `heads`: `num_heads_upsample`.
  package var headsUp: AttentionHeads?
  package var attentionOrder: AttentionOrder
  package var usesScaleShiftNorm: Bool
  /// Whether residual blocks resample. Otherwise `Downsample` and `Upsample` layers do.
  package var resamplesInResidualBlocks: Bool
  /// Whether `Downsample` and `Upsample` layers have a convolution.
  package var convolvesWhenResampling = true
  /// `nil` if the network takes no label.
  package var classCount: Int?
  /// The class, one of `classCount`, that stands for "no class", or `nil` if the network was
  /// trained without one.
  package var nullClass: Int?
  /// Whether the network returns ε and v, with twice the channels of xₜ, instead of ε alone.
  package var learnsSigma: Bool
  /// The channels of xₜ in a model of latents, or `nil` for RGB images.
  package var latentChannels: Int?
  /// The dimensions of the convolutions in attention blocks, or `nil` for 1. Those of
  /// consistency_models have 2, so that their weights are [out, in, 1, 1].
  package var attentionDimensions: Int?
  /// Details in which the layers differ from guided-diffusion's, or `nil` if none does.
  package var details: LayerDetails?
  /// The transformers that latent diffusion models have in place of attention blocks, or `nil` for
  /// attention blocks. The class is then the context of the transformers, and not part of the embedding.
  package var spatialTransformer: SpatialTransformerConfiguration?

  /// Whether the network enlarges images instead of making them from noise alone (`SuperResModel`).
  package var enlargesImages: Bool { inChannels == 2 * imageChannels }
  /// The channels of xₜ.
  package var imageChannels: Int { latentChannels ?? 3 }
  package var outChannels: Int { learnsSigma ? 2 * imageChannels : imageChannels }

  package init(
    imageSize: Int, inChannels: Int = 3, modelChannels: Int, residualBlocks: Int,
    channelMultipliers: [Double], attentionDownsamplings: [Int], heads: AttentionHeads,
    headsUp: AttentionHeads? = nil, attentionOrder: AttentionOrder, usesScaleShiftNorm: Bool,
    resamplesInResidualBlocks: Bool, convolvesWhenResampling: Bool = true, classCount: Int?,
    nullClass: Int? = nil, learnsSigma: Bool, latentChannels: Int? = nil,
    attentionDimensions: Int? = nil, spatialTransformer: SpatialTransformerConfiguration? = nil
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
    self.nullClass = nullClass
    self.learnsSigma = learnsSigma
    self.latentChannels = latentChannels
    self.attentionDimensions = attentionDimensions
    self.spatialTransformer = spatialTransformer
  }
}

/// The transformers of a latent diffusion model's network (ldm/modules/attention.py,
/// SpatialTransformer).
package struct SpatialTransformerConfiguration: Sendable, Equatable, Codable {
  /// The width of the context, which is the row of a class in a table.
  package var contextChannels: Int
  /// The number of transformer blocks that replace one attention block.
  package var depth: Int

  package init(contextChannels: Int, depth: Int = 1) {
    self.contextChannels = contextChannels
    self.depth = depth
  }
}

/// The division of an attention block's channels into heads.
package enum AttentionHeads: Sendable, Equatable {
  case count(Int)
  case channelsEach(Int)

  package func count(channels: Int) -> Int {
    switch self {
    case .count(let count): count
    case .channelsEach(let width): channels / width
    }
  }
}

/// Encoded as `{"channelsEach": {"_0": 32}}` or `{"count": {"_0": 4}}`, as in existing folders and
/// bundled models.
extension AttentionHeads: Codable {
  private enum Key: String, CodingKey {
    case count
    case channelsEach
  }

  private enum NumberKey: String, CodingKey {
    case number = "_0"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    guard let key = container.allKeys.first, container.allKeys.count == 1 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "neither count nor channelsEach"))
    }
    let number = try container.nestedContainer(keyedBy: NumberKey.self, forKey: key)
      .decode(Int.self, forKey: .number)
    self = key == .count ? .count(number) : .channelsEach(number)
  }

  package func encode(to encoder: any Swift.Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .count(let number): try encode(number, .count, in: &container)
    case .channelsEach(let number): try encode(number, .channelsEach, in: &container)
    }
  }

  private func encode(
    _ number: Int, _ key: Key, in container: inout KeyedEncodingContainer<Key>
  ) throws {
    var nested = container.nestedContainer(keyedBy: NumberKey.self, forKey: key)
    try nested.encode(number, forKey: .number)
  }
}

/// The order of the channels in the output of the qkv projection.
package enum AttentionOrder: String, Sendable, Codable {
  /// `[head][q, k, v][channel]`: QKVAttentionLegacy.
  case legacy
  /// `[q, k, v][head][channel]`: QKVAttention.
  case new
}
