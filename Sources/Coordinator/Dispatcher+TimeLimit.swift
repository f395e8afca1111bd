import Job
import Messaging

/// The time limit of a job. No batch is started that cannot end in time, so a job that a batch
/// system ends loses no work.
extension Dispatcher {
  /// The factor for the duration of a batch, because batches do not all take the same time.
  private static let caution = 1.1
  /// The part of the time limit that is left for writing the last images and ending the ranks.
  private static let reserve = Duration.seconds(15)
  /// The part that is left for ending the ranks if batches take longer than expected.
  private static let lastReserve = Duration.seconds(5)

  /// Returns whether a batch that `rank` starts next ends before the time limit. The longest batch
  /// so far predicts its duration. Before anything is known about a batch, it takes no time.
  func endsInTime(on rank: Int, at now: ContinuousClock.Instant) -> Bool {
    guard let limit = settings.timeLimit else { return true }
    let seconds = inFlight.secondsUntilNextEnds(on: rank, at: now) ?? 0
    return now + .seconds(seconds * Self.caution) + Self.reserve <= limit
  }

  /// Hands out no more work because of the time limit.
  func drainInTime(at now: ContinuousClock.Instant) {
    noteTimeLimit()
    respond(to: .drain, at: now)
  }

  private func noteTimeLimit() {
    isTimeUp = true
    lastError = "the time limit was near"
  }

  /// Ends the job shortly before its time limit, whatever is in progress. Warns once if batches in
  /// progress will probably not end in time.
  func obeyTimeLimit(at now: ContinuousClock.Instant) {
    guard let limit = settings.timeLimit, ending == nil else { return }
    if now >= limit - Self.lastReserve {
      noteTimeLimit()
      return respond(to: .stop, at: now)
    }
    guard !warnedOfTimeLimit, let seconds = inFlight.longestProjection(at: now),
      now + .seconds(seconds) > limit - Self.lastReserve
    else { return }
    warnedOfTimeLimit = true
    observer.announce(
      "warning: batches in progress need \(Self.text(seconds: seconds)) more, but the time limit is "
        + "in \(Self.text(seconds: (limit - now) / .seconds(1))); their images will be lost. Allow "
        + "more time, or use smaller batches in a new folder")
  }
}
