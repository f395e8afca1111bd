/// When to try again what fails for now, such as a write to a full disk: after 1 second, then after
/// 2, 4 and 8, and from then on every 15 seconds.
package struct RetrySchedule: Sendable {
  /// When it failed first.
  private let start: ContinuousClock.Instant
  private var pause = Duration.seconds(1)

  private static let longestPause = Duration.seconds(15)

  package init(since start: ContinuousClock.Instant) { self.start = start }

  /// Whether what fails has been tried for as long as `patience`.
  package func isOver(_ patience: Duration, at now: ContinuousClock.Instant) -> Bool {
    now - start >= patience
  }

  /// The time to wait before the next attempt.
  package mutating func nextPause() -> Duration {
    defer { pause = min(pause * 2, Self.longestPause) }
    return pause
  }
}
