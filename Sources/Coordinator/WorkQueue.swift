import Job

/// The images of a job that are not yet handed out, as batches in the order of the images.
struct WorkQueue {
  private let work: Work
  private let batchSize: Int
  /// Images before this one were handed out at least once, or existed from the beginning.
  private var next: Int
  /// Images that were handed out, and given back because their rank was lost.
  private var returned: [Int] = []

  /// - Parameter batchSize: the number of images in each batch, at least 1. The last batch may be
  ///   shorter.
  init(_ work: Work, batchSize: Int) {
    precondition(batchSize >= 1, "a batch of \(batchSize) images")
    self.work = work
    next = work.indices.lowerBound
    self.batchSize = batchSize
  }

  /// Removes and returns the next batch, or `nil` if no images are left.
  ///
  /// - Parameter settled: images that no rank has to generate any more.
  mutating func take(except settled: IndexBitmap) -> [ImageRequest]? {
    var indices: [Int] = []
    while indices.count < batchSize, let index = nextIndex(except: settled) {
      indices.append(index)
    }
    return indices.isEmpty ? nil : indices.map { work[$0] }
  }

  private mutating func nextIndex(except settled: IndexBitmap) -> Int? {
    while let index = returned.popLast() {
      if !settled.contains(index) { return index }
    }
    guard let index = settled.firstMissing(from: next) else {
      next = work.indices.upperBound
      return nil
    }
    next = index + 1
    return index
  }

  /// Takes images back. They are handed out before all others.
  mutating func putBack(_ indices: [Int]) {
    returned = (returned + indices).sorted(by: >)
  }
}
