/// A fixed pseudo-random order of the numbers 0, 1, …, n − 1, computed one number at a time.
///
/// A Feistel network of six rounds permutes the numbers below the smallest 4ᵏ that is at least n. A
/// result that is not below n is permuted again until it is (cycle walking: Black and Rogaway,
/// Ciphers with Arbitrary Finite Domains, 2002), fewer than four times on average. The round
/// function is the finaliser of SplitMix64 (Steele et al., 2014). Its keys are the first binary
/// digits of the fractional part of π, so the order of n numbers is the same on every machine.
package struct Permutation: Sendable {
  private let count: UInt64
  /// The number of bits in one half of a number.
  private let halfBits: UInt64

  private static let keys: [UInt64] = [
    0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0,
    0x082e_fa98_ec4e_6c89, 0x4528_21e6_38d0_1377, 0xbe54_66cf_34e9_0c6c,
  ]

  /// - Parameter count: n, from 1 to 2⁶².
  package init(count: Int) {
    precondition(count > 0 && count <= 1 << 62, "an order of \(count) numbers")
    self.count = UInt64(count)
    let bits = Int.bitWidth - (count - 1).leadingZeroBitCount
    halfBits = UInt64(max(1, (bits + 1) / 2))
  }

  /// The number at `position`. Both are in `0..<n`.
  package subscript(position: Int) -> Int {
    precondition(position >= 0 && position < count, "position \(position) of \(count)")
    var number = UInt64(position)
    repeat { number = permuted(number) } while number >= count
    return Int(number)
  }

  private func permuted(_ number: UInt64) -> UInt64 {
    let mask = (1 << halfBits) - 1 as UInt64
    var (left, right) = (number >> halfBits, number & mask)
    for key in Self.keys { (left, right) = (right, left ^ (Self.mixed(right ^ key) & mask)) }
    return left << halfBits | right
  }

  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
