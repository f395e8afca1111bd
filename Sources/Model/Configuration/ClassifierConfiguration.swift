/// The complete architecture of a classifier: guided-diffusion's `EncoderUNetModel` (unet.py).
package struct ClassifierConfiguration: Sendable, Equatable, Codable {
  /// The height and width of the images, in pixels.
  package var imageSize: Int
  package var inChannels = 3
  package var modelChannels: Int
  package var residualBlocks: Int
  package var channelMultipliers: [Double]
  /// The downsampling factors (not resolutions) of levels with attention, in ascending order.
  package var attentionDownsamplings: [Int]
  package var heads: AttentionHeads
  /// The order in the torso's blocks. The attention pool always uses the new order.
  package var attentionOrder: AttentionOrder = .legacy
  package var usesScaleShiftNorm: Bool
  package var resamplesInResidualBlocks: Bool
  package var convolvesWhenResampling = true
  package var pool: Pool
  package var classCount: Int

  /// The layers that turn the last features into logits.
  package enum Pool: String, Sendable, Codable, CaseIterable {
    case adaptive
    case attention
    case spatial
    case spatialV2 = "spatial_v2"
  }

  package init(
    imageSize: Int, inChannels: Int = 3, modelChannels: Int, residualBlocks: Int,
    channelMultipliers: [Double], attentionDownsamplings: [Int], heads: AttentionHeads,
    attentionOrder: AttentionOrder = .legacy, usesScaleShiftNorm: Bool,
    resamplesInResidualBlocks: Bool, convolvesWhenResampling: Bool = true, pool: Pool,
    classCount: Int
  ) {
    self.imageSize = imageSize
    self.inChannels = inChannels
    self.modelChannels = modelChannels
    self.residualBlocks = residualBlocks
    self.channelMultipliers = channelMultipliers
    self.attentionDownsamplings = attentionDownsamplings
    self.heads = heads
    self.attentionOrder = attentionOrder
    self.usesScaleShiftNorm = usesScaleShiftNorm
    self.resamplesInResidualBlocks = resamplesInResidualBlocks
    self.convolvesWhenResampling = convolvesWhenResampling
    self.pool = pool
    self.classCount = classCount
  }
}
