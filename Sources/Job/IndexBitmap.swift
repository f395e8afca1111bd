/// A set of images of a job, a bit an image: a hundred million of them take 12 MB.
package struct IndexBitmap: Sendable, Equatable {
  private var words: [UInt64]
  /// How many images the job has; indices are in `0..<capacity`.
  package let capacity: Int
  /// How many images are in the set.
  package private(set) var count = 0

  /// The empty set.
  package init(capacity: Int) {
    self.capacity = capacity
    words = [UInt64](repeating: 0, count: (capacity + 63) / 64)
  }

  package func contains(_ index: Int) -> Bool {
    precondition(index >= 0 && index < capacity, "image \(index) of \(capacity)")
    return words[index / 64] >> UInt64(index % 64) & 1 == 1
  }

  /// Adds an image; false when it was in the set before.
  @discardableResult
  package mutating func insert(_ index: Int) -> Bool {
    guard !contains(index) else { return false }
    words[index / 64] |= 1 << UInt64(index % 64)
    count += 1
    return true
  }

  /// Takes an image out; false when it was not in the set.
  @discardableResult
  package mutating func remove(_ index: Int) -> Bool {
    guard contains(index) else { return false }
    words[index / 64] &= ~(1 << UInt64(index % 64))
    count -= 1
    return true
  }

  /// The first image from `start` on that is not in the set; nil when there is none.
  package func firstMissing(from start: Int = 0) -> Int? {
    var index = start
    while index < capacity {
      // The bits below `index` count as in the set.
      let missing = ~words[index / 64] & (~0 << UInt64(index % 64))
      if missing != 0 {
        let found = index / 64 * 64 + missing.trailingZeroBitCount
        return found < capacity ? found : nil
      }
      index = (index / 64 + 1) * 64
    }
    return nil
  }
}
