/// The complete architecture of a first stage: the autoencoder between images and the latents of a
/// diffusion model (latent diffusion's autoencoder.py and diffusionmodules/model.py).
///
/// Its decoder and its encoder are two networks of one file.
package struct AutoencoderConfiguration: Sendable, Equatable, Codable {
  package var kind: Kind
  /// The size of the images in pixels.
  package var imageHeight: Int
  package var imageWidth: Int
  /// The channels of a latent, `embed_dim`.
  package var latentChannels: Int
  /// The channels between the 1×1 convolutions next to the latent and the networks, `z_channels`.
  package var innerChannels: Int
  /// The width of the encoder's first convolution, `ch`.
  package var stemChannels: Int
  /// The channels of each level, from the full resolution on: `ch` times `ch_mult`.
  package var widths: [Int]
  /// The residual blocks of a level of the encoder. A level of the decoder has one more.
  package var residualBlocks: Int
  /// The downsampling factors (not resolutions) of levels with attention, in ascending order.
  package var attentionDownsamplings: [Int]
  /// Whether there is attention between the levels of the encoder and those of the decoder.
  package var attendsInMiddle: Bool
  /// Whether a 1×1 convolution precedes the latent.
  package var hasQuantConvolution: Bool
  /// Whether a 1×1 convolution follows the latent.
  package var hasPostQuantConvolution: Bool

  package enum Kind: Sendable, Equatable, Codable {
    /// An autoencoder whose encoder returns a normal distribution (`AutoencoderKL`).
    case kl
    /// An autoencoder with a table of latent vectors. If `quantises` is true, its decoder replaces
    /// each vector by the nearest code (`VQModelInterface`). Otherwise its encoder does (`VQModel`).
    case vq(codes: Int, quantises: Bool)
  }

  package init(
    kind: Kind, imageSize: Int, latentChannels: Int, innerChannels: Int? = nil,
    stemChannels: Int, widths: [Int], residualBlocks: Int, attentionDownsamplings: [Int],
    attendsInMiddle: Bool = true, hasQuantConvolution: Bool = true,
    hasPostQuantConvolution: Bool = true
  ) {
    self.kind = kind
    imageHeight = imageSize
    imageWidth = imageSize
    self.latentChannels = latentChannels
    self.innerChannels = innerChannels ?? latentChannels
    self.stemChannels = stemChannels
    self.widths = widths
    self.residualBlocks = residualBlocks
    self.attentionDownsamplings = attentionDownsamplings
    self.attendsInMiddle = attendsInMiddle
    self.hasQuantConvolution = hasQuantConvolution
    self.hasPostQuantConvolution = hasPostQuantConvolution
  }
}

extension AutoencoderConfiguration {
  /// The number of pixels of an image along a side of one pixel of its latent.
  package var downsampling: Int { Model.downsampling(ofLevel: widths.count - 1) }
  package var latentHeight: Int { imageHeight / downsampling }
  package var latentWidth: Int { imageWidth / downsampling }

  /// Returns the autoencoder for latents of another size. Its weights are the same.
  package func forLatents(height: Int, width: Int) -> AutoencoderConfiguration {
    forImages(height: height * downsampling, width: width * downsampling)
  }

  /// Returns the autoencoder for images of another size. Its weights are the same.
  package func forImages(height: Int, width: Int) -> AutoencoderConfiguration {
    var other = self
    (other.imageHeight, other.imageWidth) = (height, width)
    return other
  }

  /// The number of codes in the table, if there is one.
  var codeCount: Int? {
    if case .vq(let codes, _) = kind { codes } else { nil }
  }

  /// Whether the decoder searches the table.
  var quantisesWhenDecoding: Bool {
    if case .vq(_, let quantises) = kind { quantises } else { false }
  }

  /// Whether the encoder searches the table.
  var quantisesWhenEncoding: Bool {
    if case .vq(_, let quantises) = kind { !quantises } else { false }
  }

  /// The channels that the encoder returns for each channel of the latent: the mean and log variance,
  /// or the latent itself.
  var momentCount: Int { kind == .kl ? 2 : 1 }
}

extension AutoencoderConfiguration {
  /// Refuses sizes that such a network cannot have.
  ///
  /// - Throws: `ConfigurationError` with one sentence for each.
  package func validate() throws {
    var problems = rangeProblems
    if problems.isEmpty { problems = levelProblems + latentProblems }
    guard problems.isEmpty else {
      throw ConfigurationError(
        .checkpoint, "there is no first stage with these settings", details: problems)
    }
  }

  private var rangeProblems: [String] {
    let ranges: [(String, Int, ClosedRange<Int>)] = [
      ("the image height", imageHeight, NetworkLimits.imageSize),
      ("the image width", imageWidth, NetworkLimits.imageSize),
      ("the number of channels of a latent", latentChannels, NetworkLimits.channels),
      ("z_channels", innerChannels, NetworkLimits.channels),
      ("ch", stemChannels, NetworkLimits.channels),
      ("the number of levels", widths.count, NetworkLimits.levels),
      ("num_res_blocks", residualBlocks, NetworkLimits.residualBlocks),
      ("the number of codes", codeCount ?? 1, NetworkLimits.codes),
    ]
    return ranges.compactMap { name, value, range in
      range.contains(value)
        ? nil : "\(name) is \(value): it must be from \(range.lowerBound) to \(range.upperBound)"
    }
  }

  private var levelProblems: [String] {
    var problems = widths.enumerated().compactMap { level, width in
      NetworkLimits.channels.contains(width) && width.isMultiple(of: 32)
        ? nil
        : "level \(level + 1) has \(width) channels: group normalisation needs a multiple of 32"
    }
    if !imageHeight.isMultiple(of: downsampling) || !imageWidth.isMultiple(of: downsampling) {
      problems.append(
        "images of \(imageWidth)×\(imageHeight) pixels are not divisible by \(downsampling), as"
          + " \(widths.count) levels need")
    }
    let factors = widths.indices.map { Model.downsampling(ofLevel: $0) }
    if !attentionDownsamplings.allSatisfy(factors.contains) {
      problems.append(
        "attention at 1/\(attentionDownsamplings) of the size is at none of the levels")
    }
    return problems
  }

  private var latentProblems: [String] {
    guard latentChannels != innerChannels else { return [] }
    return [("quant_conv", hasQuantConvolution), ("post_quant_conv", hasPostQuantConvolution)]
      .filter { !$0.1 }.map { name, _ in
        "without \(name), a latent of \(latentChannels) channels cannot have z_channels"
          + " \(innerChannels)"
      }
  }
}
