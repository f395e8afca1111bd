/// Steele, Lea and Flood's SplitMix64: random numbers that are the same on every machine.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: Int...) {
    state = seed.reduce(0x5eed) { ($0 ^ UInt64(truncatingIfNeeded: $1)) &* 0xd134_2543_de82_ef95 }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Uniform, mean 0 and variance 1.
  mutating func float() -> Float {
    (Float(next() >> 40) / Float(1 << 23) - 1) * Float(3).squareRoot()
  }

  mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }
}
