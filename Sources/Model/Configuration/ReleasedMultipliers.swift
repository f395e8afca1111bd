/// The values of `channel_mult` for the image sizes that have a default in the reference
/// (`create_model`, `create_classifier` and `sr_create_model` in script_util.py).
struct ReleasedMultipliers {
  static let byImageSize: [Int: [Double]] = [
    64: [1, 2, 3, 4],
    128: [1, 1, 2, 3, 4],
    256: [1, 1, 2, 2, 4, 4],
    512: [0.5, 1, 1, 2, 2, 4, 4],
  ]

  private static let byLargeSize: [Int: [Double]] = [
    64: [1, 2, 3, 4],
    256: [1, 1, 2, 2, 4, 4],
    512: [1, 1, 2, 2, 4, 4],
  ]

  let bySize: [Int: [Double]]

  /// - Parameter isUpsampler: whether the network enlarges images.
  init(ofUpsampler isUpsampler: Bool) {
    bySize = isUpsampler ? Self.byLargeSize : Self.byImageSize
  }

  /// Returns the only size with these multipliers.
  func imageSize(of multipliers: [Double]) -> Int? {
    let sizes = bySize.filter { $0.value == multipliers }.keys
    return sizes.count == 1 ? sizes.first : nil
  }
}

/// The multiples in the notation of the flags, such as `0.5,1,2`.
func multiplierText(_ multipliers: [Double]) -> String {
  multipliers.map { Int(exactly: $0).map(String.init) ?? String($0) }.joined(separator: ",")
}

/// Converts resolutions to downsampling factors as in the reference (`image_size // res`). Factors
/// without a level have no effect there, and are omitted here.
func attentionDownsamplings(resolutions: [Int], imageSize: Int, levels: Int) -> [Int] {
  let factors = (0..<max(levels, 0)).map(downsampling(ofLevel:))
  return factors.filter { factor in resolutions.contains { imageSize / $0 == factor } }
}
