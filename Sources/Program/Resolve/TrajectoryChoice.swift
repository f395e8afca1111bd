import Job

/// The images whose trajectories a job draws.
enum TrajectoryChoice {
  /// The largest number of trajectories. Each is a picture with up to 37 images.
  private static let most = 1000

  /// Returns the indices of the images in a job's part of the plan.
  ///
  /// - Parameters:
  ///   - text: a number of first images of the plan, or a list of indices such as `0,7,20-22`. A
  ///     list of one index ends with a comma.
  static func indices(_ text: String?, in work: Work) throws(Failure) -> Set<Int> {
    guard let text else { return [] }
    let count = work.plan.count
    let indices: NumberRanges
    if let first = Int(text) {
      guard first > 0 else {
        throw Failure(
          "--trajectory is \(first); give a number of images, or indices such as 0,7",
          status: .usage
        )
      }
      indices = NumberRanges(first: min(first, count))
    } else {
      indices = try NumberRanges(parsing: text, named: "--trajectory", limit: count - 1)
    }
    guard indices.count <= most else {
      throw Failure(
        "--trajectory: \(indices.count) pictures are too many; choose at most \(most)",
        status: .usage)
    }
    return Set((0..<indices.count).map { indices[$0] }.filter(work.indices.contains))
  }
}
