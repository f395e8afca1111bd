/// Everything that fixes the architecture of guided-diffusion's `EncoderUNetModel` (unet.py).
package struct ClassifierConfiguration: Sendable, Equatable, Codable {
  /// Height and width of the images, in pixels.
  package var imageSize: Int
  package var inChannels = 3
  package var modelChannels: Int
  package var residualBlocks: Int
  package var channelMultipliers: [Double]
  /// Downsampling factors (not resolutions) at which attention takes place, ascending.
  package var attentionDownsamplings: [Int]
  package var heads: AttentionHeads
  /// Of the torso's blocks; the attention pool is always in the new order.
  package var attentionOrder: AttentionOrder = .legacy
  package var usesScaleShiftNorm: Bool
  package var resamplesInResidualBlocks: Bool
  package var convolvesWhenResampling = true
  package var pool: Pool
  package var classCount: Int

  /// How the last features become logits.
  package enum Pool: String, Sendable, Codable, CaseIterable {
    case adaptive
    case attention
    case spatial
    case spatialV2 = "spatial_v2"
  }
}
