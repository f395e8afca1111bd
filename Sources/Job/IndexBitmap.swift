/// A set of images of a job, with one bit for each image of the job: a hundred million take 12 MB.
package struct IndexBitmap: Sendable, Equatable {
  private var words: [UInt64]
  /// The images that can be in the set.
  package let indices: Range<Int>
  /// How many images are in the set.
  package private(set) var count = 0

  /// The empty set of images of a range.
  package init(indices: Range<Int>) {
    self.indices = indices
    words = [UInt64](repeating: 0, count: (indices.count + 63) / 64)
  }

  /// The empty set of images `0..<capacity`.
  package init(capacity: Int) {
    self.init(indices: 0..<capacity)
  }

  /// How many images can be in the set.
  package var capacity: Int { indices.count }

  package func contains(_ index: Int) -> Bool {
    let place = place(of: index)
    return words[place / 64] >> UInt64(place % 64) & 1 == 1
  }

  /// Adds an image; false when it was in the set before.
  @discardableResult
  package mutating func insert(_ index: Int) -> Bool {
    guard !contains(index) else { return false }
    let place = place(of: index)
    words[place / 64] |= 1 << UInt64(place % 64)
    count += 1
    return true
  }

  /// Takes an image out; false when it was not in the set.
  @discardableResult
  package mutating func remove(_ index: Int) -> Bool {
    guard contains(index) else { return false }
    let place = place(of: index)
    words[place / 64] &= ~(1 << UInt64(place % 64))
    count -= 1
    return true
  }

  private func place(of index: Int) -> Int {
    precondition(indices.contains(index), "image \(index) is not one of \(indices)")
    return index - indices.lowerBound
  }

  /// The first image from `start` on that is not in the set; `nil` when there is none.
  ///
  /// - Parameter start: one of `indices` or their end; the first where it is left out.
  package func firstMissing(from start: Int? = nil) -> Int? {
    var place = (start ?? indices.lowerBound) - indices.lowerBound
    while place < capacity {
      // The bits below `place` count as in the set.
      let missing = ~words[place / 64] & (~0 << UInt64(place % 64))
      if missing != 0 {
        let found = place / 64 * 64 + missing.trailingZeroBitCount
        return found < capacity ? indices.lowerBound + found : nil
      }
      place = (place / 64 + 1) * 64
    }
    return nil
  }

  /// The images in the set in ascending order, `size` at a time; the last group may be smaller.
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
