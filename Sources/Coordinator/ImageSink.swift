import Job

/// Where finished images go; used by rank 0's main thread alone.
package protocol ImageSink {
  /// Writes one image, whole or not at all; one that is there already is let go of.
  ///
  /// - Throws: a `Failure`, or any error, which counts as "cannot write". The same call may be made
  ///   again after an `OutputError` that `mayPass`.
  func write(_ image: FinishedImage) throws

  /// Writes what needs all images; called after the last of them, perhaps on another thread, and
  /// again after an `OutputError` that `mayPass`.
  ///
  /// - Returns: images that turned out to be damaged when they were read back. They are no longer
  ///   there: they have to be made and written once more, and this called again.
  func finish() throws -> [Int]
}
