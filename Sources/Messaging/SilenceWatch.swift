/// How long a peer has been silent, without the time for which this process itself stood still: a
/// job that is suspended as a whole, or a coordinator that was stopped and goes on, must not take
/// its peers for lost.
package struct SilenceWatch: Sendable {
  /// A turn of the event loop takes milliseconds, seldom a second.
  private static let longestTurn = Duration.seconds(2)

  private var lastTurn: ContinuousClock.Instant?
  /// Time that this process missed, in all.
  private var missed = Duration.zero

  package init() {}

  /// To be called at every turn.
  package mutating func turn(at now: ContinuousClock.Instant) {
    if let lastTurn, now - lastTurn > Self.longestTurn { missed += now - lastTurn }
    lastTurn = now
  }

  /// A clock that stands still while this process does.
  package func time(at now: ContinuousClock.Instant) -> ContinuousClock.Instant {
    now - missed
  }
}
