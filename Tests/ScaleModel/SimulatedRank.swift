import Job

/// A worker in virtual time. It behaves like `BatchWorker` and its computing thread, without
/// images.
struct SimulatedRank {
  /// The time of an image, relative to the mean of the job.
  var slowness = 1.0
  /// The images of the current batch and of the next one.
  var held: [[Int]] = []
  var isAsking = false
  var isDead = false
  /// Whether it received `stop`.
  var isOver = false
  var standsStillUntil = 0.0
  /// The time at which it began to wait for a batch, or `nil` while it computes.
  var waitsSince: Double?
  /// The time of earlier waits in seconds.
  var waited = 0.0
  var readyAt = 0.0
  var batchStart = 0.0
  var batchEnd = 0.0

  /// Returns the seconds that it has waited since it was ready.
  func waited(until time: Double) -> Double { waited + (waitsSince.map { time - $0 } ?? 0) }

  func activity(at time: Double) -> Activity {
    let waited = waited(until: time)
    return Activity(network: max(0, time - readyAt - waited), waiting: waited)
  }

  func report(at time: Double) -> StepReport? {
    guard waitsSince == nil, batchEnd > batchStart else { return nil }
    let part = (time - batchStart) / (batchEnd - batchStart)
    return StepReport(step: Int(part * 250), of: 250)
  }
}
