/// The shape-determined part of the encoder's configuration, which the UNet and the classifier
/// share (`input_blocks` and `middle_block` in unet.py).
package struct EncoderSignature: Sendable, Equatable {
  package var inChannels: Int
  package var modelChannels: Int
  /// The channels of each level, from the full resolution on.
  package var widths: [Int]
  /// The residual blocks of each level, without those that resample.
  package var residualBlocks: Int
  /// The downsampling factors of levels with attention, in ascending order.
  package var attentionDownsamplings: [Int]
  package var usesScaleShiftNorm: Bool
  /// `nil` if there is only one level, so that nothing is resampled.
  package var resampling: Resampling?

  /// The kind of layer that changes the resolution.
  package enum Resampling: String, Sendable {
    case residualBlock
    case convolution
    /// Only average pooling and nearest-neighbour upsampling.
    case plain

    init(inResidualBlocks: Bool, convolves: Bool) {
      self = inResidualBlocks ? .residualBlock : convolves ? .convolution : .plain
    }
  }

  /// The widths as multiples of `modelChannels`.
  package var channelMultipliers: [Double] {
    widths.map { width in
      let multiplier = Double(width) / Double(modelChannels)
      // A third of 96, for example, may be slightly less than 32, and would be truncated to 31.
      let isShort = (multiplier * Double(modelChannels)).rounded(.towardZero) < Double(width)
      return isShort ? multiplier.nextUp : multiplier
    }
  }

  /// The ratio of the image size to the size of the lowest level.
  package var largestDownsampling: Int { downsampling(ofLevel: widths.count - 1) }
}

/// Returns the downsampling factor of a level, which is 2⁶² for impossible levels.
func downsampling(ofLevel level: Int) -> Int { 1 << min(max(level, 0), 62) }

/// Returns the channels of each level. As in the reference, the product is truncated to an integer.
/// It is 0 if the product is not a possible number.
func levelWidths(modelChannels: Int, multipliers: [Double]) -> [Int] {
  multipliers.map { Int(exactly: ($0 * Double(modelChannels)).rounded(.towardZero)) ?? 0 }
}

extension EncoderSignature {
  /// - Parameters:
  ///   - channelMultipliers: the multiplier of each level.
  ///   - attentionDownsamplings: the factors with attention. Those without a level are ignored.
  init(
    inChannels: Int, modelChannels: Int, channelMultipliers: [Double], residualBlocks: Int,
    attentionDownsamplings: [Int], usesScaleShiftNorm: Bool, resampling: Resampling
  ) {
    let levels = channelMultipliers.indices
    self.init(
      inChannels: inChannels, modelChannels: modelChannels,
      widths: levelWidths(modelChannels: modelChannels, multipliers: channelMultipliers),
      residualBlocks: residualBlocks,
      attentionDownsamplings: levels.map(downsampling(ofLevel:)).filter {
        attentionDownsamplings.contains($0)
      },
      usesScaleShiftNorm: usesScaleShiftNorm, resampling: levels.count == 1 ? nil : resampling)
  }
}

extension UNetConfiguration {
  /// The part of the configuration that the shapes of its state dict determine.
  package var signature: UNetSignature {
    UNetSignature(
      encoder: EncoderSignature(
        inChannels: inChannels, modelChannels: modelChannels,
        channelMultipliers: channelMultipliers, residualBlocks: residualBlocks,
        attentionDownsamplings: attentionDownsamplings, usesScaleShiftNorm: usesScaleShiftNorm,
        resampling: .init(
          inResidualBlocks: resamplesInResidualBlocks, convolves: convolvesWhenResampling)),
      classCount: classCount, learnsSigma: learnsSigma, attentionDimensions: attentionDimensions,
      latentChannels: latentChannels, spatialTransformer: spatialTransformer)
  }
}

extension ClassifierConfiguration {
  /// The part of the configuration that the shapes of its state dict determine.
  package var signature: ClassifierSignature {
    ClassifierSignature(
      encoder: EncoderSignature(
        inChannels: inChannels, modelChannels: modelChannels,
        channelMultipliers: channelMultipliers, residualBlocks: residualBlocks,
        attentionDownsamplings: attentionDownsamplings, usesScaleShiftNorm: usesScaleShiftNorm,
        resampling: .init(
          inResidualBlocks: resamplesInResidualBlocks, convolves: convolvesWhenResampling)),
      pool: pool,
      poolSide: pool == .attention
        ? imageSize / downsampling(ofLevel: channelMultipliers.count - 1) : nil,
      classCount: classCount)
  }
}

/// The part of a UNet's configuration that the shapes of its state dict determine.
package struct UNetSignature: Sendable, Equatable {
  package var encoder: EncoderSignature
  package var classCount: Int?
  package var learnsSigma: Bool
  /// The dimensions of the convolutions in attention blocks, or `nil` for 1.
  package var attentionDimensions: Int?
  /// The channels of xₜ in a model of latents, or `nil` for RGB images.
  package var latentChannels: Int?
  /// The transformers in place of attention blocks, if there are any.
  package var spatialTransformer: SpatialTransformerConfiguration?
}

/// The part of a classifier's configuration that the shapes of its state dict determine.
package struct ClassifierSignature: Sendable, Equatable {
  package var encoder: EncoderSignature
  package var pool: ClassifierConfiguration.Pool
  /// The height and width of the attention pool's input, or `nil` for other pools.
  package var poolSide: Int?
  package var classCount: Int

  /// The image size, which only the positional embedding of an attention pool determines.
  package var imageSize: Int? {
    guard let poolSide else { return nil }
    let (size, overflow) = poolSide.multipliedReportingOverflow(by: encoder.largestDownsampling)
    return overflow ? nil : size
  }
}
