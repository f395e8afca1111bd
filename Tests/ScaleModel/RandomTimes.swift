import Foundation
import TestSupport

extension SeededGenerator {
  /// From 0 to 1, without 1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Positive numbers of mean 1 whose logarithms are normal with standard deviation `spread`.
  mutating func lognormal(spread: Double) -> Double {
    let normal = sqrt(-2 * log(1 - unit())) * cos(2 * .pi * unit())
    return exp(spread * normal - spread * spread / 2)
  }
}
