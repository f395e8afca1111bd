import Hashing

/// The hashes of the pixels of a job's images, to find identical images. Each takes 24 bytes.
struct PixelHashes {
  /// The first 16 bytes of SHA-256.
  struct Hash: Sendable, Hashable, Comparable {
    private let high: UInt64
    private let low: UInt64

    init(_ image: RGBImage) {
      let digits = image.pixels.withUnsafeBytes(SHA256.hexadecimal)
      high = UInt64(digits.prefix(16), radix: 16)!
      low = UInt64(digits.dropFirst(16).prefix(16), radix: 16)!
    }

    static func < (left: Hash, right: Hash) -> Bool {
      (left.high, left.low) < (right.high, right.low)
    }
  }

  private var entries: [(hash: Hash, index: Int)] = []

  mutating func add(_ hash: Hash, index: Int) {
    entries.append((hash, index))
  }

  /// Returns each image with the same pixels as an earlier one, together with the first such image.
  /// Sorted by index.
  mutating func duplicates() -> [(index: Int, first: Int)] {
    entries.sort { ($0.hash, $0.index) < ($1.hash, $1.index) }
    var result: [(index: Int, first: Int)] = []
    var first = 0
    for place in entries.indices.dropFirst() {
      if entries[place].hash == entries[first].hash {
        result.append((entries[place].index, entries[first].index))
      } else {
        first = place
      }
    }
    return result.sorted { $0.index < $1.index }
  }
}
