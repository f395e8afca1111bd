import Job
import Messaging
import Wording

/// The end of a job.
extension Dispatcher {
  struct Ending {
    let status: ExitStatus
    /// Whether a signal ended the job.
    let isInterrupted: Bool
    /// The time after which rank 0 stops waiting for the other ranks.
    let deadline: ContinuousClock.Instant
    var goodbyes: Set<Int> = []
  }

  /// How long rank 0 waits for the other ranks to say goodbye when the job is over.
  private static let goodbyeLimit = Duration.seconds(1)

  /// Batches that need at most this many seconds are finished after the first Ctrl-C.
  private static let nearlyDone = 10.0
  /// The limit for finishing them, because the estimate may be wrong.
  private static let wrapUpLimit = Duration.seconds(15)

  var doneCount: Int { doneBefore + writer.writtenCount - damagedCount }

  /// The number of saved and of lost images, and how to continue.
  var savedText: String {
    let lost = inFlight.begun.union(abandoned).count { !settled.contains($0) }
    return "\(doneCount) of \(counted(total, "image")) saved"
      + (lost > 0 ? ", \(lost) in progress lost" : "") + ". Run the same command to continue."
  }

  /// Ends the job if all images are settled and the final files are written, or if the batches that
  /// should be finished after a signal are done.
  func endIfDone(at now: ContinuousClock.Instant) {
    if settled.count == total {
      writing(at: now) { try $0.finish(at: now) }
      if writer.isFinished && ending == nil { return endSuccessfully(at: now) }
    } else if interrupt != nil && inFlight.isEmpty && writer.heldCount == 0 {
      return endInterrupted(at: now)
    }
    if let wrapUpDeadline, now >= wrapUpDeadline { endInterrupted(at: now) }
  }

  private func endSuccessfully(at now: ContinuousClock.Instant) {
    observer.finish()
    guard !givenUp.isEmpty else { return end(.success, at: now) }
    end(
      .badData, at: now,
      saying:
        "error: \(counted(givenUp.count, "image")) failed (see above and status.json); all others "
        + "are complete")
  }

  // MARK: - Signals

  /// Responds to a signal. A stronger signal may follow.
  func respond(to interrupt: Interrupt, at now: ContinuousClock.Instant) {
    guard ending == nil, interrupt.rawValue > self.interrupt?.rawValue ?? 0 else { return }
    self.interrupt = interrupt
    switch interrupt {
    case .stop: endInterrupted(at: now)
    case .wrapUp: wrapUp(at: now)
    case .drain: announceDrain(at: now)
    }
  }

  private func endInterrupted(at now: ContinuousClock.Instant) {
    let what = isTimeUp ? "time limit" : interrupt == .drain ? "drained" : "interrupted"
    end(.incomplete, isInterrupted: !isTimeUp, at: now, saying: "\(what): \(savedText)")
  }

  /// Finishes the batches that are nearly done, and abandons the others.
  private func wrapUp(at now: ContinuousClock.Instant) {
    let inProgress = inFlight.awaitedCount
    abandoned = inFlight.begun
    inFlight.keepNearlyDone(within: Self.nearlyDone, at: now)
    let kept = inFlight.awaitedCount
    guard kept > 0 else { return endInterrupted(at: now) }
    wrapUpDeadline = now + Self.wrapUpLimit
    let images = kept == inProgress ? "" : "\(kept) of "
    observer.announce(
      "interrupted: finishing \(images)\(counted(inProgress, "image")) in progress\(aboutTimeLeft(at: now)); "
        + "press Ctrl-C again to stop now")
  }

  private func announceDrain(at now: ContinuousClock.Instant) {
    let count = inFlight.awaitedCount
    guard count > 0 else { return }
    observer.announce(
      "\(isTimeUp ? "time limit" : "draining"): finishing \(counted(count, "image")) in progress\(aboutTimeLeft(at: now)); no others are "
        + "started")
  }

  /// The time left, such as `, about 9 s`, or an empty text if it is not known.
  private func aboutTimeLeft(at now: ContinuousClock.Instant) -> String {
    guard let seconds = inFlight.secondsLeft(at: now) else { return "" }
    return ", about \(Self.text(seconds: seconds))"
  }

  /// A short duration, such as `9 s` or `12 min`.
  static func text(seconds: Double) -> String {
    seconds < 100
      ? "\(max(1, Int(seconds.rounded(.up)))) s"
      : "\(Int((min(seconds, 1e9) / 60).rounded(.up))) min"
  }

  // MARK: - The end

  /// Ends the job with a failure. Only the first failure is printed.
  func end(_ failure: Failure, place: String, at now: ContinuousClock.Instant) {
    guard ending == nil else { return }
    lastError = "\(place)\(failure.message)"
    end(failure.status, at: now, saying: "error: \(place)\(failure.message)")
  }

  func end(
    _ status: ExitStatus, isInterrupted: Bool = false, at now: ContinuousClock.Instant,
    saying text: String? = nil
  ) {
    guard ending == nil else { return }
    if let text { observer.announce(text) }
    ending = Ending(
      status: status, isInterrupted: isInterrupted, deadline: now + Self.goodbyeLimit)
    for rank in 0..<postbox.rankCount { send(.stop(status), to: rank) }
    postbox.resumeStopped()
  }

  func leaveIfAllAreGone(at now: ContinuousClock.Instant) {
    guard outcome == nil, let ending else { return }
    let all = Set(rankTable.members.indices)
    if now >= ending.deadline || all.subtracting(ending.goodbyes).isSubset(of: postbox.deadRanks) {
      outcome = ending.status
      observer.leave(status(at: now))
    }
  }

  // MARK: - Status

  /// The work that is done, delivered or not, in images.
  var progress: Double { Double(settled.count - givenUp.count) + inFlight.undelivered }

  func status(at now: ContinuousClock.Instant) -> JobStatus {
    let slowest = rankTable.slowest
    var status = JobStatus(
      state: state, total: total, done: doneCount, doneBefore: doneBefore, held: writer.heldCount,
      givenUp: givenUp,
      ranks: JobStatus.Ranks(
        total: postbox.rankCount, alive: rankTable.aliveCount, lost: rankTable.lost,
        slowest: slowest, slowestCount: slowest.map { rankTable.members[$0].delivered }),
      lastError: lastError)
    if state == .draining { status.secondsLeft = inFlight.secondsLeft(at: now) }
    status.exitCode = ending.map { Int($0.status.rawValue) }
    return status
  }

  var state: JobStatus.State {
    if let ending {
      if writer.isFinished { return .complete }
      if ending.isInterrupted { return .interrupted }
      return ending.status == .incomplete ? .incomplete : .failed
    }
    if writer.isStuck { return .waiting }
    if writer.isFinishing { return .finishing }
    if interrupt != nil { return .draining }
    return inFlight.isEmpty && settled.count == doneBefore ? .starting : .running
  }
}
