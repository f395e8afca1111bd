import Job
import Messaging

/// The ranks of a job: which of them live, and what each has done.
struct Roster {
  struct Member {
    var lastHeard: ContinuousClock.Instant?
    /// Nothing is expected of it until it is heard of again.
    var isLost = false
    /// Images that came from it first.
    var delivered = 0
    var activity = Activity()
  }

  /// By rank.
  private(set) var members: [Member]
  private(set) var aliveCount: Int
  private let lease: Duration
  private var watch = SilenceWatch()
  private var nextCheck: ContinuousClock.Instant?

  init(rankCount: Int, lease: Lease) {
    members = Array(repeating: Member(), count: rankCount)
    aliveCount = rankCount
    self.lease = lease.duration
  }

  var lost: [Int] { members.indices.filter { members[$0].isLost } }

  mutating func turn(at now: ContinuousClock.Instant) { watch.turn(at: now) }

  /// Notes a sign of life; true when the rank had been taken for lost.
  mutating func hear(_ rank: Int, at now: ContinuousClock.Instant) -> Bool {
    members[rank].lastHeard = watch.time(at: now)
    guard members[rank].isLost else { return false }
    members[rank].isLost = false
    aliveCount += 1
    return true
  }

  /// False when it was lost before.
  mutating func lose(_ rank: Int) -> Bool {
    guard !members[rank].isLost else { return false }
    members[rank].isLost = true
    aliveCount -= 1
    return true
  }

  /// Ranks whose lease has run out since they were last heard of; looked for ten times in a lease.
  mutating func silent(at now: ContinuousClock.Instant) -> [Int] {
    if let nextCheck, now < nextCheck { return [] }
    nextCheck = now + lease / 10
    let time = watch.time(at: now)
    return members.indices.filter { rank in
      guard let lastHeard = members[rank].lastHeard else {
        members[rank].lastHeard = time
        return false
      }
      return !members[rank].isLost && time - lastHeard > lease
    }
  }

  mutating func noteDelivery(from rank: Int) { members[rank].delivered += 1 }

  mutating func note(_ activity: Activity, of rank: Int) { members[rank].activity = activity }

  /// The rank alive that has delivered least, once most have delivered something.
  var slowest: Int? {
    let alive = members.indices.filter { !members[$0].isLost }
    guard alive.count > 1,
      let slowest = alive.min(by: { members[$0].delivered < members[$1].delivered }),
      alive.count(where: { members[$0].delivered > 0 }) * 2 > alive.count
    else { return nil }
    return slowest
  }
}
