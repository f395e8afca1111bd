extension IndexBitmap {
  /// The images in the set, ascending, so many at a time; the last time what is left.
  package func chunks(of size: Int) -> some Sequence<[Int]> {
    var next = 0
    return AnyIterator {
      var indices: [Int] = []
      while next < capacity && indices.count < size {
        if contains(next) { indices.append(next) }
        next += 1
      }
      return indices.isEmpty ? nil : indices
    }
  }
}
