import Diffusion
import Job

/// The message loop's view of the sampling engine.
///
/// It is created, used and released on one computing thread, so it may own state that is bound to
/// that thread.
package protocol ImageMaker {
  /// Samples the images of one batch. It is never empty, but may be shorter than others.
  ///
  /// - Parameter report: must be called after each step, so that the next batch is requested in
  ///   time.
  /// - Returns: for each request an image, or the reason why it could not be generated.
  func make(_ requests: [ImageRequest], report: (StepReport) -> Void) throws -> MadeImages
}

/// The result of a batch.
package struct MadeImages: Sendable {
  /// The finished images, in any order.
  package var finished: [FinishedImage]
  /// The images that became NaN or infinite, by index.
  package var notFinite: [Int: NotFinite]

  package init(_ finished: [FinishedImage], notFinite: [Int: NotFinite] = [:]) {
    self.finished = finished
    self.notFinite = notFinite
  }
}
