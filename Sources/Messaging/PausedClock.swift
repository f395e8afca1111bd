/// Measures how long peers are silent, without the time in which this process itself was stopped. A
/// job that was suspended as a whole, or a coordinator that was stopped and continued, must not
/// consider its peers lost.
package struct PausedClock: Sendable {
  /// The longest time for a turn of the event loop. Turns take milliseconds, and rarely a second.
  private static let longestTurn = Duration.seconds(2)

  private var lastTurn: ContinuousClock.Instant?
  /// The total time that this process missed.
  private var missed = Duration.zero

  package init() {}

  /// Call at every turn.
  package mutating func turn(at now: ContinuousClock.Instant) {
    if let lastTurn, now - lastTurn > Self.longestTurn { missed += now - lastTurn }
    lastTurn = now
  }

  /// Returns the time on a clock that stops while this process is stopped.
  package func time(at now: ContinuousClock.Instant) -> ContinuousClock.Instant {
    now - missed
  }
}
