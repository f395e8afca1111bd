import Job
import Messaging

/// How a job comes to its end.
extension Dispatcher {
  struct Ending {
    let status: ExitStatus
    /// When rank 0 no longer waits for the others.
    let deadline: ContinuousClock.Instant
    var goodbyes: Set<Int> = []
  }

  /// How long rank 0 waits for the other ranks to say goodbye once the job is over.
  private static let goodbyeLimit = Duration.seconds(1)

  var doneCount: Int { doneBefore + writer.writtenCount - damagedCount }
  var writtenText: String { "\(doneCount) of \(total) images are written" }

  /// Writes what comes last when all images are settled, and ends the job then, or when what was
  /// in work at a signal is done.
  func endIfDone(at now: ContinuousClock.Instant) {
    if settled.count == total {
      writing(at: now) { try $0.finish(at: now) }
      if writer.isFinished && ending == nil { endWell(at: now) }
    } else if interrupt == .drain && inFlight.isEmpty && writer.heldCount == 0 {
      end(.incomplete, at: now, saying: "drained: \(writtenText); the same command makes the rest")
    }
  }

  private func endWell(at now: ContinuousClock.Instant) {
    observer.finish()
    guard !givenUp.isEmpty else { return end(.success, at: now) }
    let count = givenUp.count == 1 ? "1 image was" : "\(givenUp.count) images were"
    end(
      .badData, at: now,
      saying: "error: \(count) given up, as said above and in status.json; all others are there")
  }

  /// Does what a signal asks for; a stronger one may follow.
  func obey(_ interrupt: Interrupt, at now: ContinuousClock.Instant) {
    guard ending == nil, interrupt.rawValue > self.interrupt?.rawValue ?? 0 else { return }
    self.interrupt = interrupt
    switch interrupt {
    case .stop:
      end(
        .incomplete, at: now,
        saying: "interrupted: \(writtenText); the same command makes the rest")
    case .drain:
      observer.announce(
        "draining: \(inFlight.awaitedCount) images in work are finished, no others are started")
    }
  }

  /// Ends the job for a reason that is printed; only the first one is.
  func end(_ failure: Failure, place: String, at now: ContinuousClock.Instant) {
    guard ending == nil else { return }
    lastError = "\(place)\(failure.message)"
    end(failure.status, at: now, saying: "error: \(place)\(failure.message)")
  }

  func end(_ status: ExitStatus, at now: ContinuousClock.Instant, saying text: String? = nil) {
    guard ending == nil else { return }
    if let text { observer.announce(text) }
    ending = Ending(status: status, deadline: now + Self.goodbyeLimit)
    for rank in 0..<postbox.rankCount { send(.stop(status), to: rank) }
    postbox.resumeStopped()
  }

  func leaveIfAllAreGone(at now: ContinuousClock.Instant) {
    guard outcome == nil, let ending else { return }
    let all = Set(roster.members.indices)
    if now >= ending.deadline || all.subtracting(ending.goodbyes).isSubset(of: postbox.deadRanks) {
      outcome = ending.status
      observer.leave(status)
    }
  }

  // MARK: - How it stands

  /// Images' worth of work done, delivered or not.
  var progress: Double { Double(settled.count - givenUp.count) + inFlight.undelivered }

  var status: JobStatus {
    let slowest = roster.slowest
    var status = JobStatus(
      state: state, total: total, done: doneCount, doneBefore: doneBefore, held: writer.heldCount,
      givenUp: givenUp,
      ranks: JobStatus.Ranks(
        total: postbox.rankCount, alive: roster.aliveCount, lost: roster.lost,
        slowest: slowest, slowestCount: slowest.map { roster.members[$0].delivered }),
      lastError: lastError)
    status.exitCode = ending.map { Int($0.status.rawValue) }
    return status
  }

  var state: JobStatus.State {
    switch ending?.status {
    case .some where writer.isFinished: .complete
    case .incomplete: .incomplete
    case .some: .failed
    case nil where writer.isStuck: .waiting
    case nil where writer.isFinishing: .finishing
    case nil where interrupt != nil: .draining
    case nil where inFlight.isEmpty && settled.count == doneBefore: .starting
    case nil: .running
    }
  }
}
