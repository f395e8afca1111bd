/// The times at which to retry something that fails temporarily, such as a write to a full disk:
/// after 1, 2, 4 and 8 seconds, and then every 15 seconds.
package struct RetrySchedule: Sendable {
  /// The time of the first failure.
  private let start: ContinuousClock.Instant
  private var pause = Duration.seconds(1)

  private static let longestPause = Duration.seconds(15)

  package init(since start: ContinuousClock.Instant) { self.start = start }

  /// Returns whether retries have continued for at least `patience`.
  package func isOver(_ patience: Duration, at now: ContinuousClock.Instant) -> Bool {
    now - start >= patience
  }

  /// Returns the time to wait before the next attempt.
  package mutating func nextPause() -> Duration {
    defer { pause = min(pause * 2, Self.longestPause) }
    return pause
  }
}
