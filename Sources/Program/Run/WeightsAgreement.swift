import Cache
import Foundation
import Job
import Messaging
import Recipe
import Wording
import Worker

/// The agreement of the ranks, at the start of a job, on who passes packed weights to whom.
struct WeightsAgreement {
  /// The weights that this rank passes on, or `nil` if it has no cache.
  let sharing: PackedSharing?
  private let routes: WeightsRoutes
  /// The names of the checkpoints by the names of the files of packed weights.
  private let titles: [String: String]

  /// Finds out which packed weights every rank has. A collective call.
  ///
  /// - Parameters:
  ///   - threads: the number of threads that this rank will compute with.
  ///   - cache: this rank's folder of packed weights.
  init(
    _ recipe: SamplingRecipe, threads: Int, cache: CacheFolder?, over communicator: Communicator,
    doorbell: Doorbell
  ) throws {
    var titles: [String: String] = [:]
    func reserve(_ cache: CacheFolder) -> PackedReservations {
      let constants = PackedConstants(threads: threads, cache: cache)
      let keys = recipe.networks.map { role, source in
        let key = constants.key(source, recipe.run(of: role))
        titles[key.fileName] = URL(fileURLWithPath: source.path).lastPathComponent
        return key
      }
      return PackedReservations(cache, keys: keys)
    }
    // Rank 0 comes first. It has read the checkpoints already, so its host packs them fastest.
    var reservations = communicator.rank == 0 ? cache.map(reserve) : nil
    try communicator.share { true }
    if communicator.rank != 0 { reservations = cache.map(reserve) }
    routes = WeightsRoutes(try communicator.gather(reservations?.states ?? [:]))
    let arrivals = routes.isEmpty ? nil : PackedArrivals { doorbell.ring() }
    sharing = reservations.map { PackedSharing($0, arrivals: arrivals) }
    self.titles = titles
  }

  /// Returns the loop that passes the weights on, or `nil` if this rank does not need it.
  ///
  /// - Parameter isOver: returns the status of the rank when it ends.
  func relay(
    _ postbox: MPIPostbox, lease: Lease, isOver: @escaping () -> ExitStatus?
  ) -> WeightsRelay? {
    guard let sharing, let arrivals = sharing.arrivals else { return nil }
    return WeightsRelay(
      postbox: postbox, lease: lease, routes: routes, offers: sharing.offers, arrivals: arrivals,
      isOver: isOver
    ) { notice in
      guard let title = titles[notice.file], let text = notice.text(title) else { return }
      try postbox.send(.note(text), to: 0)
    }
  }
}

extension WeightsRelay.Notice {
  /// The size from which on a transfer takes long enough to be mentioned.
  private static let mentionedSize = 100_000_000

  /// Returns the notice in one line, or `nil` if the file is small.
  ///
  /// - Parameter title: the name of the checkpoint.
  package func text(_ title: String) -> String? {
    guard byteCount >= Self.mentionedSize else { return nil }
    let (size, hosts) = (ByteText.decimal(byteCount), counted(receivers, "host"))
    guard let duration else {
      return "sending the packed weights of \(title) (\(size)) to \(hosts)"
    }
    let rate = ByteText.decimal(Int(Double(byteCount) / max(duration / .seconds(1), 1e-3)))
    return "sent the packed weights of \(title) to \(hosts): \(size), \(rate)/s"
  }
}
