/// `channel_mult` of the image sizes for which the reference has one (`create_model` and
/// `create_classifier` in script_util.py).
enum ReleasedMultipliers {
  static let byImageSize: [Int: [Double]] = [
    64: [1, 2, 3, 4],
    128: [1, 1, 2, 3, 4],
    256: [1, 1, 2, 2, 4, 4],
    512: [0.5, 1, 1, 2, 2, 4, 4],
  ]

  static func imageSize(of multipliers: [Double]) -> Int? {
    byImageSize.first { $0.value == multipliers }?.key
  }
}

/// Multiples as the flags write them: `0.5,1,2`.
func multiplierText(_ multipliers: [Double]) -> String {
  multipliers.map { Int(exactly: $0).map(String.init) ?? String($0) }.joined(separator: ",")
}

/// The reference's way from resolutions to downsampling factors (`image_size // res`); those that
/// no level has are without effect there and left out here.
func attentionDownsamplings(resolutions: [Int], imageSize: Int, levels: Int) -> [Int] {
  let factors = (0..<max(levels, 0)).map(downsampling(ofLevel:))
  return factors.filter { factor in resolutions.contains { imageSize / $0 == factor } }
}
