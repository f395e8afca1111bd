import Foundation
import TestSupport

extension SeededGenerator {
  /// Returns a number from 0 up to, but not including, 1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Returns a positive number with mean 1, whose logarithm is normal with standard deviation
  /// `spread`.
  mutating func lognormal(spread: Double) -> Double {
    let normal = sqrt(-2 * log(1 - unit())) * cos(2 * .pi * unit())
    return exp(spread * normal - spread * spread / 2)
  }
}
