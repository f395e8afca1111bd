/// How long a rank may be silent before its images are given to other ranks, and how often living
/// ranks send a sign of life.
package struct Lease: Sendable, Equatable {
  package let duration: Duration

  package init(_ duration: Duration = .seconds(30)) {
    self.duration = duration
  }

  /// Returns the time between two signs of life of a worker. A worker sends at most five per
  /// second, and in large jobs fewer, so that all ranks together send two thousand per second, but
  /// at least ten per lease.
  package func beatInterval(rankCount: Int) -> Duration {
    min(max(.milliseconds(200), .microseconds(500 * rankCount)), duration / 10)
  }

  /// How long a worker waits for a sign of life from the coordinator before it ends by itself.
  package var patience: Duration { duration * 3 }
}

/// A worker's sign of life.
package struct Beat: Sendable, Equatable {
  /// The progress of the current batch, or `nil` if there is no batch or nothing new to report.
  package let report: StepReport?
  /// The activity since the rank was ready.
  package let activity: Activity

  package init(report: StepReport?, activity: Activity) {
    self.report = report
    self.activity = activity
  }
}

/// The progress of sampling the current batch.
package struct StepReport: Sendable, Equatable {
  /// The number of steps done, from 0 to `steps`.
  package let step: Int
  /// The number of steps that the batch takes.
  package let steps: Int

  package init(step: Int, of steps: Int) {
    self.step = step
    self.steps = steps
  }

  /// The fraction that is done, from 0 to 1.
  package var fraction: Double {
    steps > 0 ? Double(min(max(step, 0), steps)) / Double(steps) : 0
  }
}

/// The time in seconds that a rank's sampling thread has spent on each activity.
package struct Activity: Sendable, Codable, Equatable {
  /// Sampling and encoding.
  package var network: Double
  /// Waiting for a batch.
  package var waiting: Double
  /// Writing image files.
  package var writing: Double

  package init(network: Double = 0, waiting: Double = 0, writing: Double = 0) {
    self.network = network
    self.waiting = waiting
    self.writing = writing
  }

  package var total: Double { network + waiting + writing }

  package static func - (after: Activity, before: Activity) -> Activity {
    Activity(
      network: after.network - before.network, waiting: after.waiting - before.waiting,
      writing: after.writing - before.writing)
  }

  package static func + (a: Activity, b: Activity) -> Activity {
    Activity(
      network: a.network + b.network, waiting: a.waiting + b.waiting,
      writing: a.writing + b.writing)
  }

  package static func * (activity: Activity, factor: Double) -> Activity {
    Activity(
      network: activity.network * factor, waiting: activity.waiting * factor,
      writing: activity.writing * factor)
  }
}
