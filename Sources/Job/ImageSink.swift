import Wording

/// The destination of finished images. Used only by rank 0's main thread.
package protocol ImageSink {
  /// Writes one image, completely or not at all. Ignores an image that already exists.
  ///
  /// - Throws: a `Failure`, or any error, which counts as "cannot write". After a transient error
  ///   the same call may be repeated.
  func write(_ image: FinishedImage) throws

  /// Writes the files that need all images. Called after the last image, possibly on another
  /// thread, and again after a transient error.
  ///
  /// - Returns: images that turned out to be damaged when they were read back. They have been
  ///   removed, and must be generated and written again before the next call.
  func finish() throws -> [Int]
}

/// Images that existed, but turned out to be damaged or missing when they were read back.
package struct DamagedImages: Error, Equatable {
  package let indices: [Int]

  package init(_ indices: [Int]) { self.indices = indices }

  /// Returns the message for the user about `count` damaged images.
  package static func notice(_ count: Int) -> String {
    counted(count, "damaged image") + (count == 1 ? " is" : " are") + " generated again"
  }
}
