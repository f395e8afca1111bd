import Cache
import Foundation
import Job
import Messaging
import TestSupport
import Testing
import Threads
import Worker

/// Ranks that pass weights to each other, each with its own cache folder. The messages and the time
/// are those of the test.
private final class Ranks {
  /// A rank with its loop.
  final class Rank: @unchecked Sendable {
    let postbox: FakePostbox
    let folder: CacheFolder
    let sharing: PackedSharing
    let gate = DispatchSemaphore(value: 0)
    fileprivate(set) var relay: WeightsRelay!
    private let lock = NSLock()
    private var result: Int?

    init(_ rank: Int, of count: Int, in parent: TemporaryFolder, _ key: PackedKey) {
      postbox = FakePostbox(rankCount: count, rank: rank)
      folder = CacheFolder(parent.url.appending(path: "\(rank)").path)
      sharing = PackedSharing(
        PackedReservations(folder, keys: [key]), arrivals: PackedArrivals {})
    }

    /// How many constants the rank made itself, once it has all.
    var made: Int? { lock.withLock { result } }

    /// Takes the weights on a thread of its own.
    ///
    /// - Parameter waits: whether each constant is made only when the test opens the gate.
    func start(_ weights: SampleWeights, waits: Bool) throws {
      try BackgroundThread.start { [self] in
        let made =
          (try? weights.make(
            in: folder, sharing: sharing, making: { if waits { gate.wait() } })) ?? -1
        lock.withLock { result = made }
      }
    }
  }

  let weights = SampleWeights(byteCount: 200_000)
  let ranks: [Rank]
  var dead: Set<Int> = []
  /// Changes or drops a message.
  var change: (_ message: WeightsMessage, _ from: Int, _ to: Int) -> WeightsMessage? = { m, _, _ in
    m
  }
  private(set) var notices: [WeightsRelay.Notice] = []
  private let parent: TemporaryFolder
  private var now = ContinuousClock.now

  /// - Parameters:
  ///   - complete: the ranks that have the weights already.
  ///   - waiting: the ranks that make a constant only when their gate is opened.
  init(_ count: Int, complete: Set<Int> = [], waiting: Set<Int> = []) throws {
    let (parent, weights) = (try TemporaryFolder(), weights)
    self.parent = parent
    for rank in complete {
      _ = try weights.make(in: CacheFolder(parent.url.appending(path: "\(rank)").path))
    }
    ranks = (0..<count).map { Rank($0, of: count, in: parent, weights.key) }
    let routes = WeightsRoutes(ranks.map(\.sharing.reservations.states))
    for rank in ranks {
      rank.relay = WeightsRelay(
        postbox: rank.postbox, lease: Lease(.seconds(30)), routes: routes,
        offers: rank.sharing.offers, arrivals: rank.sharing.arrivals!, pieceSize: 10_000,
        isOver: { nil }, note: { [unowned self] in self.notices.append($0) })
      try rank.start(weights, waits: waiting.contains(rank.postbox.rank))
    }
  }

  /// Gives each living rank a turn, and delivers the messages.
  func turn(passing time: Duration = .milliseconds(1)) throws {
    now += time
    for (number, rank) in ranks.enumerated() where !dead.contains(number) {
      _ = try rank.relay.turn(at: now)
      let sent = rank.postbox.sent
      rank.postbox.clear()
      for envelope in sent {
        guard case .weights(let message) = envelope.message, !dead.contains(envelope.source),
          let changed = change(message, number, envelope.source)
        else { continue }
        ranks[envelope.source].postbox.arrive(.weights(changed), from: number)
      }
    }
  }

  /// Turns until `condition` holds.
  func turn(until condition: () -> Bool, passing time: Duration = .milliseconds(1)) async throws {
    while !condition() {
      try turn(passing: time)
      try await Task.sleep(for: .microseconds(200))
    }
  }

  /// Turns until all living ranks have the weights, and returns how many constants each one made.
  func finish(passing time: Duration = .milliseconds(1)) async throws -> [Int?] {
    let living = ranks.indices.filter { !dead.contains($0) }.map { ranks[$0] }
    try await turn(until: { living.allSatisfy { $0.made != nil } }, passing: time)
    return ranks.map(\.made)
  }

  /// Whether at least `count` bytes have arrived at a rank and were written.
  func has(_ rank: Int, _ count: Int) -> Bool {
    let supply = ranks[rank].sharing.offers.supply(
      of: weights.key.fileName, at: count - 1, byteCount: 1)
    if case .piece = supply { return true }
    return false
  }

  /// Lets the sampling thread of a dead rank end.
  func release(_ rank: Int) {
    for _ in 0..<weights.count { ranks[rank].gate.signal() }
    ranks[rank].sharing.arrivals?.fail()
  }
}

@Suite struct WeightsRelayTests {
  @Test(arguments: [2, 3, 8, 65])
  func `one rank packs, and all others receive the weights`(count: Int) async throws {
    let ranks = try Ranks(count)
    let made = try await ranks.finish()
    #expect(made == [ranks.weights.count] + [Int](repeating: 0, count: count - 1))
    #expect(ranks.notices.map(\.receivers) == [count - 1, count - 1])
    #expect(ranks.notices.map { $0.duration == nil } == [true, false])
    #expect(ranks.notices.allSatisfy { $0.byteCount > 190_000 })
  }

  @Test(arguments: [[0], [2], [1, 3]])
  func `no rank packs if one has the weights already`(complete: Set<Int>) async throws {
    let ranks = try Ranks(4, complete: complete)
    #expect(try await ranks.finish() == [0, 0, 0, 0])
  }

  @Test(arguments: [true, false])
  func `if a rank dies that passes weights on, the one before it takes its place`(
    isNoticed: Bool
  ) async throws {
    let ranks = try Ranks(4)
    ranks.change = { message, from, _ in
      // Rank 1 has the beginning, and never gets the rest.
      guard from == 0, case .piece(_, let offset, _, _, _) = message, offset >= 50_000 else {
        return message
      }
      return ranks.dead.isEmpty ? nil : message
    }
    try await ranks.turn { ranks.has(3, 40_000) }
    ranks.dead = [1]
    if isNoticed { ranks.ranks[2].postbox.deadRanks = [1] }
    let made = try await ranks.finish(passing: .seconds(isNoticed ? 0.001 : 0.1))
    #expect(made == [ranks.weights.count, nil, 0, 0])
    ranks.release(1)
  }

  @Test
  func `if the rank dies that packs, only the next one packs`() async throws {
    let ranks = try Ranks(4, waiting: [0])
    try await ranks.turn { ranks.ranks[1].sharing.arrivals?.order != nil }
    for _ in 0..<20 { try ranks.turn() }
    ranks.dead = [0]
    for rank in ranks.ranks { rank.postbox.deadRanks = [0] }
    let made = try await ranks.finish()
    #expect(made == [nil, ranks.weights.count, 0, 0])
    ranks.release(0)
  }

  @Test
  func `ranks wait for one that packs slowly, because it gives signs of life`() async throws {
    let ranks = try Ranks(3, waiting: [0])
    try await ranks.turn { ranks.ranks[2].sharing.arrivals?.order != nil }
    // Three leases.
    for _ in 0..<900 { try ranks.turn(passing: .milliseconds(100)) }
    ranks.release(0)
    #expect(try await ranks.finish() == [ranks.weights.count, 0, 0])
  }

  @Test
  func `if the first rank cannot keep the weights, the next one packs`() async throws {
    let ranks = try Ranks(3, waiting: [0])
    try await ranks.turn { ranks.ranks[1].sharing.arrivals?.order != nil }
    // The file that is being written disappears, so rank 0 cannot rename it.
    try ranks.ranks[0].folder.clear()
    ranks.release(0)
    let made = try await ranks.finish()
    #expect(made == [ranks.weights.count, ranks.weights.count, 0])
  }

  @Test(arguments: [0, 3])
  func `a piece that was damaged on its way is requested from another rank`(
    number: Int
  ) async throws {
    let ranks = try Ranks(3)
    var damaged = false
    ranks.change = { message, _, to in
      guard to == 2, !damaged,
        case .piece(let file, let offset, let size, let checksum, var bytes) = message,
        offset == number * 10_000
      else { return message }
      damaged = true
      bytes[5000] ^= 4
      return .piece(
        file: file, offset: offset, fileSize: size, checksum: checksum, bytes: bytes)
    }
    #expect(try await ranks.finish() == [ranks.weights.count, 0, 0])
    #expect(damaged)
  }

  @Test
  func `messages that nobody asked for are ignored`() async throws {
    let ranks = try Ranks(3, waiting: [0])
    let file = ranks.weights.key.fileName
    let messages: [WeightsMessage] = [
      .never(file: "other"), .never(file: file), .later(file: file),
      .piece(file: file, offset: 7, fileSize: 9, checksum: 0, bytes: [1]),
      .piece(file: file, offset: -1, fileSize: -1, checksum: 0, bytes: []),
    ]
    try await ranks.turn { ranks.ranks[2].sharing.arrivals?.order != nil }
    for message in messages { ranks.ranks[1].postbox.arrive(.weights(message), from: 2) }
    ranks.ranks[0].postbox.arrive(
      .weights(.wanted(file: file, offset: -5, byteCount: .max)), from: 2)
    ranks.release(0)
    #expect(try await ranks.finish() == [ranks.weights.count, 0, 0])
  }
}
