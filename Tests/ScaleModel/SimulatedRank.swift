import Job

/// A worker in virtual time: what `BatchWorker` and its computing thread do, without the images.
struct SimulatedRank {
  /// How many times an image takes longer than the job's mean.
  var slowness = 1.0
  /// The images of the batches that it holds: of the one in hand, and of the next.
  var held: [[Int]] = []
  var isAsking = false
  var isDead = false
  /// Whether it got `stop`.
  var isOver = false
  var standsStillUntil = 0.0
  /// When it began to wait for a batch; nil while it computes.
  var waitsSince: Double?
  /// Seconds waited before.
  var waited = 0.0
  var readyAt = 0.0
  var batchStart = 0.0
  var batchEnd = 0.0

  /// Seconds waited since it was ready.
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
