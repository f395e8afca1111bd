import Job

/// An observer of a job's progress. Used only by rank 0's main thread.
package protocol DispatchObserver: AnyObject {
  /// Shows a message to the user.
  func announce(_ text: String)

  /// Called at every turn. Requests the values it needs only if it is time to show something.
  ///
  /// - Parameter done: the work done, in images.
  func observe(
    at now: ContinuousClock.Instant, state: JobStatus.State, done: () -> Double,
    status: () -> JobStatus)

  /// Called when all images exist.
  func finish()

  /// Called when the job is over, with its final status.
  func leave(_ status: JobStatus)
}
