/// A set of a job's images, with one bit per image. A hundred million images take 12 MB.
package struct IndexBitmap: Sendable, Equatable {
  private var words: [UInt64]
  /// The images that can be in the set.
  package let indices: Range<Int>
  /// The number of images in the set.
  package private(set) var count = 0

  /// Creates an empty set of images in a range.
  package init(indices: Range<Int>) {
    self.indices = indices
    words = [UInt64](repeating: 0, count: (indices.count + 63) / 64)
  }

  /// Creates an empty set of images in `0..<capacity`.
  package init(capacity: Int) {
    self.init(indices: 0..<capacity)
  }

  /// The number of images that can be in the set.
  package var capacity: Int { indices.count }

  package func contains(_ index: Int) -> Bool {
    let place = place(of: index)
    return words[place / 64] >> UInt64(place % 64) & 1 == 1
  }

  /// Adds an image. Returns false if it was already in the set.
  @discardableResult
  package mutating func insert(_ index: Int) -> Bool {
    guard !contains(index) else { return false }
    let place = place(of: index)
    words[place / 64] |= 1 << UInt64(place % 64)
    count += 1
    return true
  }

  /// Removes an image. Returns false if it was not in the set.
  @discardableResult
  package mutating func remove(_ index: Int) -> Bool {
    guard contains(index) else { return false }
    let place = place(of: index)
    words[place / 64] &= ~(1 << UInt64(place % 64))
    count -= 1
    return true
  }

  /// Removes the images that are not in another set of the same range.
  package mutating func formIntersection(_ other: IndexBitmap) {
    precondition(indices == other.indices, "sets of different ranges")
    for place in words.indices { words[place] &= other.words[place] }
    count = words.reduce(0) { $0 + $1.nonzeroBitCount }
  }

  private func place(of index: Int) -> Int {
    precondition(indices.contains(index), "image \(index) is not one of \(indices)")
    return index - indices.lowerBound
  }

  /// Returns the first image at or after `start` that is not in the set, or `nil` if there is none.
  ///
  /// - Parameter start: an index, or the end of `indices`. By default the first index.
  package func firstMissing(from start: Int? = nil) -> Int? {
    var place = (start ?? indices.lowerBound) - indices.lowerBound
    while place < capacity {
      // Bits below `place` are treated as members of the set.
      let missing = ~words[place / 64] & (~0 << UInt64(place % 64))
      if missing != 0 {
        let found = place / 64 * 64 + missing.trailingZeroBitCount
        return found < capacity ? indices.lowerBound + found : nil
      }
      place = (place / 64 + 1) * 64
    }
    return nil
  }

  /// Returns the images in the set in ascending order, `size` at a time. The last group may be
  /// smaller.
  package func chunks(of size: Int) -> some Sequence<[Int]> {
    var rest = indices
    return AnyIterator {
      var chunk: [Int] = []
      while chunk.count < size, let index = rest.popFirst() {
        if contains(index) { chunk.append(index) }
      }
      return chunk.isEmpty ? nil : chunk
    }
  }
}
