import Foundation

/// Random numbers that a seed reproduces on every machine: SplitMix64 (Steele, Lea and Flood, 2014).
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// The generator of one test, which differs from run to run.
  ///
  /// The first generator of a run prints the seed of the run. If `TEST_SEED` is set to it, every
  /// test draws the same numbers again.
  package init(ofTest name: String = #function) {
    // FNV-1a, because Swift's hashes differ from run to run.
    let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    self.init(seed: Self.seedOfRun ^ hash)
  }

  package static let seedOfRun: UInt64 = {
    let given = ProcessInfo.processInfo.environment["TEST_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0..<1 << 32)
    print("random tests draw their numbers with TEST_SEED=\(seed)")
    return seed
  }()

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
