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
