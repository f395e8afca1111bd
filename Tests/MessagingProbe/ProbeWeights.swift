import Cache
import Foundation
import Job
import Messaging
import TestSupport
import Worker

/// Packed weights that the ranks of the probe pass to each other. Groups of ranks have a cache folder
/// in common, as the ranks of a host do.
struct ProbeWeights: Sendable {
  private let weights: SampleWeights
  private let folder: CacheFolder
  private let sharing: PackedSharing
  private let routes: WeightsRoutes
  private let rank: Int

  /// Agrees with the other ranks. Returns `nil` if no weights are needed.
  init?(_ options: ProbeOptions, _ communicator: Communicator, _ doorbell: Doorbell) throws {
    guard let size = options.weights else { return nil }
    rank = communicator.rank
    weights = SampleWeights(byteCount: size)
    folder = CacheFolder(
      options.caches.appending(path: "\(rank / options.ranksPerCache)").path)
    var reservations: PackedReservations?
    if rank == 0 { reservations = PackedReservations(folder, keys: [weights.key]) }
    try communicator.share { true }
    let reserved = reservations ?? PackedReservations(folder, keys: [weights.key])
    routes = try WeightsRoutes(communicator.gather(reserved.states))
    sharing = PackedSharing(
      reserved, arrivals: routes.isEmpty ? nil : PackedArrivals { doorbell.ring() })
  }

  /// Takes or packs the weights, and writes how many constants this rank made to a file of the rank.
  func take(_ options: ProbeOptions) throws {
    let start = ContinuousClock.now
    let made = try weights.make(in: folder, sharing: sharing)
    print("rank \(rank) has its weights after \(ContinuousClock.now - start)")
    let results = options.out.appending(path: "made")
    try FileManager.default.createDirectory(at: results, withIntermediateDirectories: true)
    try Data("\(made)".utf8).write(to: results.appending(path: "\(rank)"), options: .atomic)
  }

  func participants(
    _ postbox: MPIPostbox, _ options: ProbeOptions, isOver: @escaping () -> ExitStatus?
  ) -> [any Participant] {
    guard let arrivals = sharing.arrivals else { return [] }
    let relay = WeightsRelay(
      postbox: postbox, lease: options.lease, routes: routes, offers: sharing.offers,
      arrivals: arrivals, isOver: isOver
    ) { notice in
      print(
        "weights for \(notice.receivers): \(notice.duration.map { "sent in \($0)" } ?? "begun")")
    }
    let dying = Dying(
      offers: sharing.offers, file: weights.key.fileName, half: options.weights! / 2,
      isOver: isOver)
    return rank == options.dyingRank ? [dying, relay] : [relay]
  }
}

/// Kills this process when it has half of a file.
private final class Dying: Participant {
  private let offers: PackedOffers
  private let file: String
  private let half: Int
  private let isOver: () -> ExitStatus?

  init(offers: PackedOffers, file: String, half: Int, isOver: @escaping () -> ExitStatus?) {
    self.offers = offers
    self.file = file
    self.half = half
    self.isOver = isOver
  }

  var outcome: ExitStatus? { isOver() }

  func turn(at now: ContinuousClock.Instant) -> Bool {
    if case .piece = offers.supply(of: file, at: half, byteCount: 1) { kill(getpid(), SIGKILL) }
    return false
  }
}
