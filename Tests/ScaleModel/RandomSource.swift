import Foundation

/// Random numbers that a seed reproduces (SplitMix64).
struct RandomSource: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// From 0 to 1, without 1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Positive numbers of mean 1 whose logarithms are normal with standard deviation `spread`.
  mutating func lognormal(spread: Double) -> Double {
    let normal = sqrt(-2 * log(1 - unit())) * cos(2 * .pi * unit())
    return exp(spread * normal - spread * spread / 2)
  }
}
