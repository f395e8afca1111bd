import Job

/// Is told how a job goes; used by rank 0's main thread alone.
package protocol DispatchObserver: AnyObject {
  /// Something that the user should know.
  func announce(_ text: String)

  /// Called at every turn; asks for what it needs when it is time to show something.
  ///
  /// - Parameter done: images' worth of work done.
  func observe(
    at now: ContinuousClock.Instant, state: JobStatus.State, done: () -> Double,
    status: () -> JobStatus)

  /// All images are there.
  func finish()

  /// The job is over: how it stands at last.
  func leave(_ status: JobStatus)
}
