/// The images that a job makes: a range of a plan.
///
/// A job of a whole plan has all its indices. Where a job makes a share of a plan, every image
/// keeps the index, the label, the seed and the file name that it has in the plan.
package struct Work: Sendable, Equatable {
  package let plan: ImagePlan
  /// The images' places in the plan.
  package let indices: Range<Int>

  /// - Parameter indices: within the plan; all of it where they are left out.
  package init(_ plan: ImagePlan, indices: Range<Int>? = nil) {
    let whole = 0..<plan.count
    precondition(indices.map { whole.contains($0) } ?? true, "\(whole) does not hold all indices")
    self.plan = plan
    self.indices = indices ?? whole
  }

  /// The number of images.
  package var count: Int { indices.count }

  /// Whether the job makes all images of its plan.
  package var isComplete: Bool { indices == 0..<plan.count }

  /// The request at a place in the plan, which is one of `indices`.
  package subscript(index: Int) -> ImageRequest { plan[index] }

  /// How many images each label has; empty where the networks take none.
  ///
  /// A whole plan counts by division where it can. A range is counted in one pass.
  package var labelCounts: [Int: Int] {
    guard !isComplete else { return plan.labelCounts }
    return indices.reduce(into: [:]) { counts, index in
      if let label = plan[index].label { counts[label, default: 0] += 1 }
    }
  }
}
