import TestSupport

extension SeededGenerator {
  /// Creates a generator from several seeds.
  init(_ seed: Int...) {
    self.init(
      seed: seed.reduce(0x5eed) {
        ($0 ^ UInt64(truncatingIfNeeded: $1)) &* 0xd134_2543_de82_ef95
      })
  }

  /// Returns a uniformly distributed number with mean 0 and variance 1.
  mutating func float() -> Float {
    (Float(next() >> 40) / Float(1 << 23) - 1) * Float(3).squareRoot()
  }

  mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }
}
