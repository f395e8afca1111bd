/// Limits far above any network of this architecture, so that sizes from a file or a flag can be
/// multiplied without overflow.
enum NetworkLimits {
  static let imageSize = 1...16_384
  static let channels = 1...65_536
  static let residualBlocks = 1...64
  static let levels = 1...12
  static let classes = 1...1_000_000
  static let codes = 1...1_000_000
  static let diffusionSteps = 1...1_000_000
  static let blocks = levels.upperBound * (residualBlocks.upperBound + 1)
}
