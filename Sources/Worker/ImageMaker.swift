import Diffusion
import Job

/// The message loop's view of the sampling engine.
///
/// It is created, used and released on one computing thread, so it may own state that is bound to
/// that thread.
package protocol ImageMaker {
  /// Samples the images of one batch. It is never empty, but may be shorter than others.
  ///
  /// - Parameters:
  ///   - report: must be called after each step, so that the next batch is requested in time.
  ///   - finish: must be called with each image, in any order, as soon as it is finished.
  /// - Returns: the images that became NaN or infinite, by index. All others were finished.
  func make(
    _ requests: [ImageRequest], report: (StepReport) -> Void,
    finish: (FinishedImage) throws -> Void
  ) throws -> [Int: NotFinite]
}
