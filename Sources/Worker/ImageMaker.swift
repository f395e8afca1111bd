import Job

/// Makes images: the sampling engine as the message loop sees it.
///
/// Created, used and left on one computing thread, so it may own state bound to that thread.
package protocol ImageMaker {
  /// Samples the images of one batch, which is never empty but may be shorter than the others.
  ///
  /// - Parameter report: to be called after each step; the next batch is asked for in time when
  ///   it is.
  /// - Returns: one image a request, in any order.
  func make(
    _ requests: [ImageRequest], report: (StepReport) -> Void
  ) throws -> [FinishedImage]
}
