extension Reference {
  /// What the embedding does to a group norm: see `Compute.Modulation`.
  package enum Modulation {
    case none
    case scaleShift(rows: ReferenceTensor, offset: Int)
    case bias(rows: ReferenceTensor, offset: Int)
  }

  /// Sources side by side along the channels.
  package static func concatenated(_ sources: [ReferenceTensor]) -> ReferenceTensor {
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

  /// act(modulated(norm(x)·γ + β)), resampled; 32 groups, ε 1e-5.
  package static func groupNorm(
    _ sources: [ReferenceTensor], scale: [Float], shift: [Float], modulation: Modulation = .none,
    activates: Bool, resampling: Resampling = .none
  ) -> ReferenceTensor {
    let x = biased(concatenated(sources), modulation)
    let z = affine(normalised(x).values, scale, shift, modulation)
    return resampled(activates ? z.map(silu) : z, resampling)
  }

  /// ∂/∂x of `groupNorm([x], …)`: back through the mean of 2×2 pixels, the activation and the
  /// affine map to g = ∂/∂x̂; then dx = r·(g − mean g − x̂·mean(g·x̂)), means over the group.
  package static func groupNormBackward(
    _ dy: ReferenceTensor, source: ReferenceTensor, scale: [Float], shift: [Float],
    modulation: Modulation = .none, activates: Bool, downsampled: Bool = false
  ) -> ReferenceTensor {
    let norm = normalised(biased(source, modulation))
    let z = affine(norm.values, scale, shift, modulation)
    let incoming = downsampled ? downsampledBackward(dy, shape: source.shape) : dy
    let dz = activates ? incoming.combined(with: z) { $0 * siluSlope($1) } : incoming
    let g = ReferenceTensor.filled(source.shape) { image, row, column, c in
      dz[image, row, column, c] * Double(scale[c]) * (1 + modulationScale(modulation, image, c))
    }
    let mean = groupMeans(g)
    let meanProduct = groupMeans(g.combined(with: norm.values, *))
    return .filled(source.shape) { image, row, column, c in
      let group = groupIndex(image, c, source.shape)
      let xHat = norm.values[image, row, column, c]
      let centred = g[image, row, column, c] - mean[group] - xHat * meanProduct[group]
      return norm.reciprocals[group] * centred
    }
  }

  private static func groupIndex(_ image: Int, _ channel: Int, _ shape: Shape) -> Int {
    image * 32 + channel / (shape.channels / 32)
  }

  /// Mean of every image's every group.
  private static func groupMeans(_ x: ReferenceTensor) -> [Double] {
    var sums = [Double](repeating: 0, count: x.shape.batch * 32)
    for (index, element) in x.elements.enumerated() {
      let image = index / (x.shape.pixels * x.shape.channels)
      sums[groupIndex(image, index % x.shape.channels, x.shape)] += element
    }
    let count = Double(x.shape.pixels * x.shape.channels / 32)
    return sums.map { $0 / count }
  }

  /// x̂ = (x − mean)·r with r = 1/√(variance + ε), and every group's r.
  private static func normalised(
    _ x: ReferenceTensor
  ) -> (values: ReferenceTensor, reciprocals: [Double]) {
    let means = groupMeans(x)
    let centred = ReferenceTensor.filled(x.shape) { image, row, column, c in
      x[image, row, column, c] - means[groupIndex(image, c, x.shape)]
    }
    let reciprocals = groupMeans(centred.map { $0 * $0 }).map { 1 / ($0 + 1e-5).squareRoot() }
    let values = ReferenceTensor.filled(x.shape) { image, row, column, c in
      centred[image, row, column, c] * reciprocals[groupIndex(image, c, x.shape)]
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
