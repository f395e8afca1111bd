import Job

/// What of a plan is still to be handed out: batches in the order of their images.
struct WorkQueue {
  private let work: Work
  private let batchSize: Int
  /// Images before this one were handed out at least once, or were there from the beginning.
  private var next: Int
  /// Handed out, and given back by ranks that were lost.
  private var returned: [Int] = []

  /// - Parameter batchSize: images a batch, at least 1; the last batch may be shorter.
  init(_ work: Work, batchSize: Int) {
    precondition(batchSize >= 1, "a batch of \(batchSize) images")
    self.work = work
    next = work.indices.lowerBound
    self.batchSize = batchSize
  }

  /// Takes the next batch; nil when nothing is left.
  ///
  /// - Parameter settled: images that nobody has to make any more.
  mutating func take(except settled: IndexBitmap) -> [ImageRequest]? {
    var indices: [Int] = []
    while indices.count < batchSize, let index = takeIndex(except: settled) {
      indices.append(index)
    }
    return indices.isEmpty ? nil : indices.map { work[$0] }
  }

  private mutating func takeIndex(except settled: IndexBitmap) -> Int? {
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

  /// Takes images back, to be handed out before any others.
  mutating func giveBack(_ indices: [Int]) {
    returned = (returned + indices).sorted(by: >)
  }
}
