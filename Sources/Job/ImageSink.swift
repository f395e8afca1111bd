import Wording

/// The destination of finished images. Used only by rank 0's main thread.
package protocol ImageSink {
  /// Writes one image, completely or not at all. Ignores an image that already exists.
  ///
  /// - Throws: a `Failure`, or any error, which counts as "cannot write". The same call may be made
  ///   again after an error that is transient.
  func write(_ image: FinishedImage) throws

  /// Writes what needs all images; called after the last of them, perhaps on another thread, and
  /// again after an error that is transient.
  ///
  /// - Returns: images that turned out to be damaged when they were read back. They have been
  ///   removed, and must be generated and written again before the next call.
  func finish() throws -> [Int]
}

/// Images that were there, but turned out to be damaged, or gone, when they were read back.
package struct DamagedImages: Error, Equatable {
  package let indices: [Int]

  package init(_ indices: [Int]) { self.indices = indices }

  /// What the user is told of `count` of them.
  package static func notice(_ count: Int) -> String {
    counted(count, "damaged image") + (count == 1 ? " is" : " are") + " generated again"
  }
}
