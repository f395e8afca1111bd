import Job
import Messaging

/// Ranks that are lost, and ranks that come back.
extension Dispatcher {
  func markHeard(_ rank: Int, at now: ContinuousClock.Instant) {
    // Messages that a rank sent before it died may arrive later.
    guard !postbox.deadRanks.contains(rank), rankTable.markHeard(rank, at: now) else { return }
    postbox.setLost(rank, false)
    timeline.mark(.returned, of: rank, at: now)
    guard ending == nil else { return }
    observer.announce("\(name(rank)) is back")
  }

  func markSilentRanksLost(at now: ContinuousClock.Instant) {
    for rank in postbox.deadRanks where !rankTable.members[rank].isLost {
      markLost(rank, "died", at: now)
    }
    for rank in rankTable.silent(at: now) {
      let seconds = Int(settings.lease.duration / .seconds(1))
      markLost(rank, "has been silent for \(seconds) s", at: now)
    }
  }

  private func markLost(_ rank: Int, _ what: String, at now: ContinuousClock.Instant) {
    guard rankTable.markLost(rank) else { return }
    postbox.setLost(rank, true)
    timeline.mark(.lost, of: rank, at: now)
    let indices = inFlight.withdraw(rank).filter { !settled.contains($0) }
    queue.putBack(indices)
    guard ending == nil else { return }
    let images = indices.count == 1 ? "its image goes" : "its \(indices.count) images go"
    let fate = indices.isEmpty ? "it held nothing" : "\(images) to others"
    let alone = rankTable.aliveCount == 1 ? "; rank 0 continues alone" : ""
    lastError = "\(name(rank)) \(what)"
    observer.announce("warning: \(name(rank)) \(what): \(fate)\(alone)")
  }
}
