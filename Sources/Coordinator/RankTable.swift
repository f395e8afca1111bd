import Job
import Messaging

/// The ranks of a job: which of them are alive, and what each has done.
struct RankTable {
  struct Member {
    var lastHeard: ContinuousClock.Instant?
    /// Whether the rank is lost. Nothing is expected of a lost rank until it is heard from again.
    var isLost = false
    /// The number of images that this rank delivered first.
    var delivered = 0
    var activity = Activity()
  }

  /// The members by rank.
  private(set) var members: [Member]
  private(set) var aliveCount: Int
  private let lease: Duration
  private var watch = PausedClock()
  private var nextCheck: ContinuousClock.Instant?

  init(rankCount: Int, lease: Lease) {
    members = Array(repeating: Member(), count: rankCount)
    aliveCount = rankCount
    self.lease = lease.duration
  }

  var lost: [Int] { members.indices.filter { members[$0].isLost } }

  mutating func turn(at now: ContinuousClock.Instant) { watch.turn(at: now) }

  /// Records a sign of life. Returns true if the rank was lost.
  mutating func markHeard(_ rank: Int, at now: ContinuousClock.Instant) -> Bool {
    members[rank].lastHeard = watch.time(at: now)
    guard members[rank].isLost else { return false }
    members[rank].isLost = false
    aliveCount += 1
    return true
  }

  /// Marks a rank as lost. Returns false if it was lost before.
  mutating func markLost(_ rank: Int) -> Bool {
    guard !members[rank].isLost else { return false }
    members[rank].isLost = true
    aliveCount -= 1
    return true
  }

  /// The ranks whose lease has run out since their last sign of life. Checked ten times per lease.
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

  mutating func recordDelivery(from rank: Int) { members[rank].delivered += 1 }

  mutating func note(_ activity: Activity, of rank: Int) { members[rank].activity = activity }

  /// The living rank that has delivered the fewest images, if most ranks have delivered some.
  var slowest: Int? {
    let alive = members.indices.filter { !members[$0].isLost }
    guard alive.count > 1,
      let slowest = alive.min(by: { members[$0].delivered < members[$1].delivered }),
      alive.count(where: { members[$0].delivered > 0 }) * 2 > alive.count
    else { return nil }
    return slowest
  }
}
