import Cache
import Compute

/// Packed weights with known bytes, without a network.
package struct SampleWeights: Sendable {
  package let key: PackedKey
  private let sizes: [Int]

  /// - Parameters:
  ///   - byteCount: the size of all constants together.
  ///   - name: distinguishes files of the same size.
  package init(byteCount: Int, name: String = "c0ffee") {
    key = PackedKey(
      checkpoint: name, configuration: "\(byteCount)", precision: "bf16", batchSize: 4, threads: 2,
      instructionSet: "avx2", library: "2.6.3", program: "0.1.0 abc")
    let size = min(byteCount, max(10_001, byteCount / 100))
    sizes = [Int](repeating: size, count: byteCount / size)
  }

  /// Takes the constants from a cache, or makes them.
  ///
  /// - Parameter making: called before each constant is made.
  /// - Returns: how many constants were made.
  /// - Throws: an error if a constant has other bytes.
  package func make(
    in folder: CacheFolder, sharing: PackedSharing? = nil,
    note: @escaping (CacheMessage) -> Void = { _ in }, making: () throws -> Void = {}
  ) throws -> Int {
    let store = PackedCache(folder, sharing: sharing, note: note)
      .constants(for: key, of: "/models/net.pt") {}
    var made = 0
    let constants = try sizes.enumerated().map { index, size in
      try store.constant("constant \(index)", byteCount: size) { place in
        try making()
        made += 1
        fill(UnsafeMutableRawBufferPointer(start: place, count: size), index)
      }
    }
    try store.finish()
    sharing?.close()
    for (index, constant) in constants.enumerated() {
      guard isRight(UnsafeRawBufferPointer(start: constant, count: sizes[index]), index) else {
        throw TestSetupError("constant \(index) has other bytes")
      }
    }
    return made
  }

  /// The number of constants.
  package var count: Int { sizes.count }

  private func word(_ index: Int, _ place: Int) -> UInt64 {
    UInt64(truncatingIfNeeded: place &+ index &<< 32) &* 0x9E37_79B9_7F4A_7C15
  }

  private func fill(_ bytes: UnsafeMutableRawBufferPointer, _ index: Int) {
    for place in 0..<bytes.count / 8 {
      bytes.storeBytes(of: word(index, place), toByteOffset: 8 * place, as: UInt64.self)
    }
  }

  private func isRight(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Bool {
    (0..<bytes.count / 8).allSatisfy {
      bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) == word(index, $0)
    }
  }
}
