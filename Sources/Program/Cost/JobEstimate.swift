/// How long a job takes, from the time of one batch: ranks are taken to work side by side without
/// slowing each other.
package struct JobEstimate: Equatable, Sendable {
  /// Seconds that a rank needs for a batch: the longest that nothing is finished.
  package let secondsABatch: Double
  /// Seconds of the whole job.
  package let seconds: Double
  /// Seconds of processor time that the job occupies: of all threads of all ranks, busy or not.
  package let processorSeconds: Double

  /// - Parameters:
  ///   - images: that are still to be made.
  ///   - threads: of each rank.
  package init(
    secondsABatch: Double, images: Int, batchSize: Int, ranks: Int, threads: Int
  ) {
    self.secondsABatch = secondsABatch
    let batches = (images + batchSize - 1) / batchSize
    let rounds = (batches + ranks - 1) / ranks
    seconds = Double(rounds) * secondsABatch
    processorSeconds = seconds * Double(ranks) * Double(threads)
  }

  /// The time of one batch, from the speed of a whole job.
  ///
  /// - Parameters:
  ///   - imagesASecond: of all ranks together.
  ///   - jobThreads: of all ranks together.
  ///   - threads: of a rank in the job that is estimated.
  package static func secondsABatch(
    imagesASecond: Double, jobThreads: Int, batchSize: Int, threads: Int
  ) -> Double {
    Double(batchSize) * Double(jobThreads) / (imagesASecond * Double(threads))
  }
}
