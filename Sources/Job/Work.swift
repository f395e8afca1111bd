/// The images that a job makes: a range of a plan.
///
/// If a job makes only a part of a plan, every image keeps the index, label, seed and file name
/// that it has in the plan.
package struct Work: Sendable, Equatable {
  package let plan: ImagePlan
  /// The indices of the images in the plan.
  package let indices: Range<Int>

  /// - Parameter indices: a range within the plan, or `nil` for the whole plan.
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

  /// The request at `index` of the plan, which is in `indices`.
  package subscript(index: Int) -> ImageRequest { plan[index] }

  /// The number of images of each label, or an empty dictionary if the networks take no labels.
  ///
  /// For a whole plan this is a division if possible. A part of a plan is counted in one pass.
  package var labelCounts: [Int: Int] {
    guard !isComplete else { return plan.labelCounts }
    return indices.reduce(into: [:]) { counts, index in
      if let label = plan[index].label { counts[label, default: 0] += 1 }
    }
  }
}
