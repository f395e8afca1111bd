import Job

/// Where finished images go; used by rank 0's main thread alone.
package protocol ImageSink {
  /// Writes one image, whole or not at all.
  ///
  /// - Throws: a `Failure`, or any error, which counts as "cannot write"; it ends the job.
  func write(_ image: FinishedImage) throws

  /// Writes what needs all images; called once, after the last, while all ranks still wait.
  func finish() throws
}
