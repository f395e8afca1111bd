/// What the shapes of a state dict say of the encoder half, which the UNet and the classifier share
/// (`input_blocks` and `middle_block` in unet.py).
package struct EncoderSignature: Sendable, Equatable {
  package var inChannels: Int
  package var modelChannels: Int
  /// Channels of each level, the full resolution first.
  package var widths: [Int]
  /// Residual blocks of each level, those that resample not counted.
  package var residualBlocks: Int
  /// Downsampling factors at which attention takes place, ascending.
  package var attentionDownsamplings: [Int]
  package var usesScaleShiftNorm: Bool
  /// `nil` where nothing is resampled because there is one level.
  package var resampling: Resampling?

  /// By what a network passes from one resolution to the next.
  package enum Resampling: String, Sendable {
    case residualBlock
    case convolution
    /// Average pooling and nearest-neighbour upsampling alone.
    case plain

    init(inResidualBlocks: Bool, convolves: Bool) {
      self = inResidualBlocks ? .residualBlock : convolves ? .convolution : .plain
    }
  }

  /// Widths as multiples of `modelChannels`.
  package var channelMultipliers: [Double] {
    widths.map { width in
      let multiplier = Double(width) / Double(modelChannels)
      // A third of 96, say, may come out just short of 32, and would be cut to 31.
      let isShort = (multiplier * Double(modelChannels)).rounded(.towardZero) < Double(width)
      return isShort ? multiplier.nextUp : multiplier
    }
  }

  /// By how much the lowest level is smaller than the image.
  package var largestDownsampling: Int { downsampling(ofLevel: widths.count - 1) }
}

/// Downsampling factor of a level; 2⁶² for levels that no network has.
func downsampling(ofLevel level: Int) -> Int { 1 << min(max(level, 0), 62) }

/// Channels of each level: the product is cut to a whole number, as in the reference; 0 when it is
/// not a number that can be.
func levelWidths(modelChannels: Int, multipliers: [Double]) -> [Int] {
  multipliers.map { Int(exactly: ($0 * Double(modelChannels)).rounded(.towardZero)) ?? 0 }
}

extension EncoderSignature {
  /// - Parameters:
  ///   - channelMultipliers: one for each level.
  ///   - attentionDownsamplings: those that no level has are left out.
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
  /// The part of the configuration that its state dict's shapes determine.
  package var signature: UNetSignature {
    UNetSignature(
      encoder: EncoderSignature(
        inChannels: inChannels, modelChannels: modelChannels,
        channelMultipliers: channelMultipliers, residualBlocks: residualBlocks,
        attentionDownsamplings: attentionDownsamplings, usesScaleShiftNorm: usesScaleShiftNorm,
        resampling: .init(
          inResidualBlocks: resamplesInResidualBlocks, convolves: convolvesWhenResampling)),
      classCount: classCount, learnsSigma: learnsSigma)
  }
}

extension ClassifierConfiguration {
  /// The part of the configuration that its state dict's shapes determine.
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

/// What the shapes of a `UNetModel`'s state dict say of its configuration.
package struct UNetSignature: Sendable, Equatable {
  package var encoder: EncoderSignature
  package var classCount: Int?
  package var learnsSigma: Bool
}

/// What the shapes of an `EncoderUNetModel`'s state dict say of its configuration.
package struct ClassifierSignature: Sendable, Equatable {
  package var encoder: EncoderSignature
  package var pool: ClassifierConfiguration.Pool
  /// Height and width of the features that the attention pool takes; `nil` for other pools.
  package var poolSide: Int?
  package var classCount: Int

  /// Known only by the size of the attention pool's positional embedding.
  package var imageSize: Int? {
    guard let poolSide else { return nil }
    let (size, overflow) = poolSide.multipliedReportingOverflow(by: encoder.largestDownsampling)
    return overflow ? nil : size
  }
}
