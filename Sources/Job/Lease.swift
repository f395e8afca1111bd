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
