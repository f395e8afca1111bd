/// How long a rank may be silent before its images are given to others, and how often ranks that
/// live say so.
package struct Lease: Sendable, Equatable {
  package let duration: Duration

  package init(_ duration: Duration = .seconds(30)) {
    self.duration = duration
  }

  /// Between two signs of life of a worker: ten in a lease, five a second at most, and, as long as
  /// ten in a lease allow it, so few that all ranks together send two thousand a second.
  package func beatInterval(rankCount: Int) -> Duration {
    min(max(.milliseconds(200), .microseconds(500 * rankCount)), duration / 10)
  }

  /// How long a worker waits for a sign of the coordinator before it ends by itself.
  package var patience: Duration { duration * 3 }
}

/// A worker's sign of life.
package struct Beat: Sendable, Equatable {
  /// How far the batch in hand has come; nil when there is none, or nothing new to say.
  package let report: StepReport?
  /// Since the rank was ready.
  package let activity: Activity

  package init(report: StepReport?, activity: Activity) {
    self.report = report
    self.activity = activity
  }
}

/// How far the sampling of the current batch has come.
package struct StepReport: Sendable, Equatable {
  /// Steps done, from 0 to `steps`.
  package let step: Int
  /// Steps the batch takes in all.
  package let steps: Int

  package init(step: Int, of steps: Int) {
    self.step = step
    self.steps = steps
  }

  /// The part done, from 0 to 1.
  package var fraction: Double {
    steps > 0 ? Double(min(max(step, 0), steps)) / Double(steps) : 0
  }
}

/// How a rank's sampling thread has spent its time, in seconds.
package struct Activity: Sendable, Codable, Equatable {
  /// Sampling and encoding.
  package var network: Double
  /// For a batch.
  package var waiting: Double
  /// Writing files itself.
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
