import Job
import Messaging

/// Ranks that are lost, and ranks that come back.
extension Dispatcher {
  func hear(_ rank: Int, at now: ContinuousClock.Instant) {
    // Messages that a rank sent before it died may arrive later.
    guard !postbox.deadRanks.contains(rank), roster.hear(rank, at: now) else { return }
    postbox.expect(rank, isLost: false)
    timeline.mark(.returned, of: rank, at: now)
    guard ending == nil else { return }
    observer.announce("\(name(rank)) is back")
  }

  func loseSilentRanks(at now: ContinuousClock.Instant) {
    for rank in postbox.deadRanks where !roster.members[rank].isLost {
      lose(rank, "died", at: now)
    }
    for rank in roster.silent(at: now) {
      let seconds = Int(settings.lease.duration / .seconds(1))
      lose(rank, "has been silent for \(seconds) s", at: now)
    }
  }

  private func lose(_ rank: Int, _ what: String, at now: ContinuousClock.Instant) {
    guard roster.lose(rank) else { return }
    postbox.expect(rank, isLost: true)
    timeline.mark(.lost, of: rank, at: now)
    let indices = inFlight.withdraw(rank).filter { !settled.contains($0) }
    queue.giveBack(indices)
    guard ending == nil else { return }
    let images = indices.count == 1 ? "its image goes" : "its \(indices.count) images go"
    let fate = indices.isEmpty ? "it held nothing" : "\(images) to others"
    let alone = roster.aliveCount == 1 ? "; rank 0 continues alone" : ""
    lastError = "\(name(rank)) \(what)"
    observer.announce("warning: \(name(rank)) \(what): \(fate)\(alone)")
  }
}
