import Diffusion
import Job

/// Makes images: the sampling engine as the message loop sees it.
///
/// Created, used and left on one computing thread, so it may own state bound to that thread.
package protocol ImageMaker {
  /// Samples the images of one batch, which is never empty but may be shorter than the others.
  ///
  /// - Parameter report: to be called after each step; the next batch is asked for in time when
  ///   it is.
  /// - Returns: an image, or why there is none, for each request.
  func make(_ requests: [ImageRequest], report: (StepReport) -> Void) throws -> MadeImages
}

/// What a batch of requests came to.
package struct MadeImages: Sendable {
  /// In any order.
  package var finished: [FinishedImage]
  /// The images that are none, by index.
  package var notFinite: [Int: NotFinite]

  package init(_ finished: [FinishedImage], notFinite: [Int: NotFinite] = [:]) {
    self.finished = finished
    self.notFinite = notFinite
  }
}
