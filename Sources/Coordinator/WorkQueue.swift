import Job

/// The batches of a plan, handed out in the order of their images.
struct WorkQueue {
  private let plan: ImagePlan
  private let batchSize: Int
  private var next = 0

  /// - Parameter batchSize: images a batch, at least 1; the last batch may be shorter.
  init(_ plan: ImagePlan, batchSize: Int) {
    precondition(batchSize >= 1, "a batch of \(batchSize) images")
    self.plan = plan
    self.batchSize = batchSize
  }

  /// Takes the next batch; nil when all are handed out.
  mutating func take() -> [ImageRequest]? {
    guard next < plan.count else { return nil }
    let indices = next..<min(next + batchSize, plan.count)
    next = indices.upperBound
    return indices.map { plan[$0] }
  }
}
