import Compute

extension Reference {
  /// The effect of the embedding on a group norm: see `Compute.Modulation`.
  enum Modulation {
    case none
    case scaleShift(rows: ReferenceTensor, offset: Int)
    case bias(rows: ReferenceTensor, offset: Int)
  }

  /// Returns the sources next to each other along the channels.
  static func concatenated(_ sources: [ReferenceTensor]) -> ReferenceTensor {
    var shape = sources[0].shape
    shape.channels = sources.reduce(0) { $0 + $1.shape.channels }
    return .filled(shape) { image, row, column, c in
      var (source, channel) = (0, c)
      while channel >= sources[source].shape.channels {
        channel -= sources[source].shape.channels
        source += 1
      }
      return sources[source][image, row, column, channel]
    }
  }

  /// Returns act(modulated(norm(x)·γ + β)), resampled.
  static func groupNorm(
    _ sources: [ReferenceTensor], scale: [Float], shift: [Float], _ grouping: Grouping = Grouping(),
    modulation: Modulation = .none, activates: Bool, resampling: Resampling = .none
  ) -> ReferenceTensor {
    let x = biased(concatenated(sources), modulation)
    let z = affine(normalised(x, grouping).values, scale, shift, modulation)
    return resampled(activates ? z.map(silu) : z, resampling)
  }

  /// Returns ∂/∂x of `groupNorm([x], …)`. The gradient goes back through the mean of 2×2 pixels, the
  /// activation and the affine map to g = ∂/∂x̂. Then dx = r·(g − mean g − x̂·mean(g·x̂)), with means
  /// over the group.
  static func groupNormBackward(
    _ dy: ReferenceTensor, source: ReferenceTensor, scale: [Float], shift: [Float],
    _ grouping: Grouping = Grouping(), modulation: Modulation = .none, activates: Bool,
    downsampled: Bool = false
  ) -> ReferenceTensor {
    let norm = normalised(biased(source, modulation), grouping)
    let z = affine(norm.values, scale, shift, modulation)
    let incoming = downsampled ? downsampledBackward(dy, shape: source.shape) : dy
    let dz = activates ? incoming.combined(with: z) { $0 * siluSlope($1) } : incoming
    let g = ReferenceTensor.filled(source.shape) { image, row, column, c in
      dz[image, row, column, c] * Double(scale[c]) * (1 + modulationScale(modulation, image, c))
    }
    let mean = groupMeans(g, grouping)
    let meanProduct = groupMeans(g.combined(with: norm.values, *), grouping)
    return .filled(source.shape) { image, row, column, c in
      let group = grouping.index(image, c, source.shape)
      let xHat = norm.values[image, row, column, c]
      let centred = g[image, row, column, c] - mean[group] - xHat * meanProduct[group]
      return norm.reciprocals[group] * centred
    }
  }

  /// The division of channels into groups, and the ε of a group norm.
  struct Grouping {
    var groups = 32
    var epsilon = 1e-5

    /// Returns the number of a channel's group among those of all images.
    func index(_ image: Int, _ channel: Int, _ shape: Shape) -> Int {
      image * groups + channel / (shape.channels / groups)
    }
  }

  /// Returns the mean of each group of each image.
  private static func groupMeans(_ x: ReferenceTensor, _ grouping: Grouping) -> [Double] {
    var sums = [Double](repeating: 0, count: x.shape.batch * grouping.groups)
    for (index, element) in x.elements.enumerated() {
      let image = index / (x.shape.pixels * x.shape.channels)
      sums[grouping.index(image, index % x.shape.channels, x.shape)] += element
    }
    let count = Double(x.shape.pixels * x.shape.channels / grouping.groups)
    return sums.map { $0 / count }
  }

  /// Returns x̂ = (x − mean)·r with r = 1/√(variance + ε), and the r of each group.
  private static func normalised(
    _ x: ReferenceTensor, _ grouping: Grouping
  ) -> (values: ReferenceTensor, reciprocals: [Double]) {
    let means = groupMeans(x, grouping)
    let centred = ReferenceTensor.filled(x.shape) { image, row, column, c in
      x[image, row, column, c] - means[grouping.index(image, c, x.shape)]
    }
    let variances = groupMeans(centred.map { $0 * $0 }, grouping)
    let reciprocals = variances.map { 1 / ($0 + grouping.epsilon).squareRoot() }
    let values = ReferenceTensor.filled(x.shape) { image, row, column, c in
      centred[image, row, column, c] * reciprocals[grouping.index(image, c, x.shape)]
    }
    return (values, reciprocals)
  }

  private static func biased(
    _ x: ReferenceTensor, _ modulation: Modulation
  ) -> ReferenceTensor {
    guard case .bias(let rows, let offset) = modulation else { return x }
    return .filled(x.shape) { image, row, column, c in
      x[image, row, column, c] + rows[image, 0, 0, offset + c]
    }
  }

  private static func modulationScale(
    _ modulation: Modulation, _ image: Int, _ channel: Int
  ) -> Double {
    guard case .scaleShift(let rows, let offset) = modulation else { return 0 }
    return rows[image, 0, 0, offset + channel]
  }

  private static func affine(
    _ xHat: ReferenceTensor, _ scale: [Float], _ shift: [Float], _ modulation: Modulation
  ) -> ReferenceTensor {
    .filled(xHat.shape) { image, row, column, c in
      let y = xHat[image, row, column, c] * Double(scale[c]) + Double(shift[c])
      guard case .scaleShift(let rows, let offset) = modulation else { return y }
      return y * (1 + modulationScale(modulation, image, c))
        + rows[image, 0, 0, offset + xHat.shape.channels + c]
    }
  }
}
