import Cache
import Job
import Messaging

/// The loop of a rank that passes packed weights on: it requests those that the rank lacks from
/// another rank, and answers such requests.
package final class WeightsRelay: Participant {
  /// A notice of the rank that is the first to have a file.
  package struct Notice: Sendable, Equatable {
    /// The name of the file.
    package let file: String
    package let byteCount: Int
    /// The number of ranks that receive the file, each for its own cache folder.
    package let receivers: Int
    /// How long sending took, or `nil` when it begins.
    package let duration: Duration?

    package init(file: String, byteCount: Int, receivers: Int, duration: Duration?) {
      self.file = file
      self.byteCount = byteCount
      self.receivers = receivers
      self.duration = duration
    }
  }

  private let postbox: any Postbox
  private let routes: WeightsRoutes
  private let isOver: () -> ExitStatus?
  private let note: (Notice) throws -> Void
  private var server: WeightsServer
  private var client: WeightsClient
  /// The files that this rank is the first to have, with the bytes sent since a time.
  private var sent: [String: (byteCount: Int, since: ContinuousClock.Instant)] = [:]

  /// - Parameters:
  ///   - arrivals: passes the files to the sampling thread.
  ///   - isOver: returns the status of the rank when it ends.
  ///   - note: receives notices for the user.
  package init(
    postbox: any Postbox, lease: Lease = Lease(), routes: WeightsRoutes, offers: PackedOffers,
    arrivals: PackedArrivals, pieceSize: Int = 1 << 20, isOver: @escaping () -> ExitStatus?,
    note: @escaping (Notice) throws -> Void = { _ in }
  ) {
    self.postbox = postbox
    self.routes = routes
    self.isOver = isOver
    self.note = note
    server = WeightsServer(postbox, offers, signInterval: lease.duration / 10)
    client = WeightsClient(
      postbox, arrivals, routes, patience: lease.duration, pieceSize: pieceSize)
  }

  package var outcome: ExitStatus? { isOver() }

  package func turn(at now: ContinuousClock.Instant) throws -> Bool {
    var busy = false
    while let envelope = postbox.receive(for: .weights) {
      guard case .weights(let message) = envelope.message else { continue }
      busy = true
      if case .wanted(let file, let offset, let byteCount) = message {
        server.request(file, offset: offset, byteCount: byteCount, from: envelope.source)
      } else {
        client.handle(message, from: envelope.source, at: now)
      }
    }
    if try client.turn(at: now) { busy = true }
    if try server.turn(at: now, sent: { try count($1, of: $0, at: now) }) { busy = true }
    return busy
  }

  /// Counts what the first rank of a file sends, for the notices.
  private func count(
    _ piece: PackedPiece, of file: String, at now: ContinuousClock.Instant
  ) throws {
    guard routes.isFirst(postbox.rank, for: file) else { return }
    let total = piece.fileSize * routes.receivers(of: file, from: postbox.rank)
    let before = sent[file] ?? (0, now)
    let after = before.byteCount + piece.bytes.count
    sent[file] = (after, before.since)
    if before.byteCount == 0 { try note(notice(file, piece.fileSize, duration: nil)) }
    if before.byteCount < total && after >= total {
      try note(notice(file, piece.fileSize, duration: now - before.since))
    }
  }

  private func notice(_ file: String, _ size: Int, duration: Duration?) -> Notice {
    Notice(
      file: file, byteCount: size, receivers: routes.receiverCount(of: file), duration: duration)
  }
}
