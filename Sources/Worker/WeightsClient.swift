import Cache
import Messaging

/// Requests the packed weights that the sampling thread waits for from other ranks.
struct WeightsClient {
  /// A file that is being received.
  private struct Transfer {
    let file: String
    /// The ranks that may have the file. The first one is asked.
    var senders: [Int]
    var lastHeard: ContinuousClock.Instant
    var size: Int?
    /// The bytes that have arrived, and those that have been requested.
    var arrived = 0
    var requested = 0
  }

  private let postbox: any Postbox
  private let arrivals: PackedArrivals
  private let routes: WeightsRoutes
  private let patience: Duration
  private let pieceSize: Int
  /// The bytes that may be requested but not arrived. More would arrive all at once, so that the
  /// network and the disk take turns.
  private let largestRequest: Int
  /// How far requests may be ahead of the bytes that have been written, which bounds the memory.
  private let window: Int
  private var transfer: Transfer?
  private var watch = PausedClock()

  /// - Parameter patience: how long the sender may be silent until another rank is asked.
  init(
    _ postbox: any Postbox, _ arrivals: PackedArrivals, _ routes: WeightsRoutes,
    patience: Duration, pieceSize: Int
  ) {
    self.postbox = postbox
    self.arrivals = arrivals
    self.routes = routes
    self.patience = patience
    self.pieceSize = pieceSize
    largestRequest = 3 * pieceSize
    window = 8 * pieceSize
  }

  /// Handles the answer of a rank.
  mutating func handle(
    _ message: WeightsMessage, from rank: Int, at now: ContinuousClock.Instant
  ) {
    guard var transfer, message.file == transfer.file else { return }
    let isSender = transfer.senders.first == rank
    if isSender { transfer.lastHeard = watch.time(at: now) }
    switch message {
    case .piece(_, let offset, let fileSize, let checksum, let bytes):
      // After a change of the sender, the same piece may arrive twice.
      guard offset == transfer.arrived else { break }
      let piece = PackedPiece(
        offset: offset, fileSize: fileSize, checksum: checksum, bytes: bytes)
      if piece.isIntact && fileSize == transfer.size ?? fileSize {
        transfer.size = fileSize
        transfer.arrived += bytes.count
        transfer.requested = min(max(transfer.requested, transfer.arrived), fileSize)
        arrivals.put(piece)
      } else if isSender {
        askNext(&transfer, at: now)
      }
    case .never where isSender: askNext(&transfer, at: now)
    case .never, .later, .wanted: break
    }
    self.transfer = transfer
  }

  /// Requests what is missing.
  ///
  /// - Returns: whether anything was requested.
  mutating func turn(at now: ContinuousClock.Instant) throws -> Bool {
    watch.turn(at: now)
    guard let order = arrivals.order else {
      transfer = nil
      return false
    }
    var transfer = self.transfer ?? begin(order.file, at: now)
    if transfer.file != order.file { transfer = begin(order.file, at: now) }
    defer { self.transfer = transfer }
    // A sender without requests is silent.
    if transfer.requested <= transfer.arrived { transfer.lastHeard = watch.time(at: now) }
    while let sender = transfer.senders.first,
      postbox.deadRanks.contains(sender) || watch.time(at: now) - transfer.lastHeard > patience
    {
      askNext(&transfer, at: now)
    }
    guard let sender = transfer.senders.first else {
      arrivals.fail()
      return false
    }
    // The size is known when the first piece has arrived.
    let end = min(
      transfer.size ?? pieceSize, transfer.arrived + largestRequest, order.written + window)
    guard transfer.requested < end else { return false }
    while transfer.requested < end {
      try postbox.send(
        .weights(
          .wanted(file: transfer.file, offset: transfer.requested, byteCount: pieceSize)),
        to: sender)
      transfer.requested = min(transfer.requested + pieceSize, transfer.size ?? pieceSize)
    }
    return true
  }

  private func begin(_ file: String, at now: ContinuousClock.Instant) -> Transfer {
    Transfer(
      file: file, senders: routes.senders(of: file, to: postbox.rank),
      lastHeard: watch.time(at: now))
  }

  /// Turns to the next rank that may have the file.
  private func askNext(_ transfer: inout Transfer, at now: ContinuousClock.Instant) {
    transfer.senders.removeFirst()
    transfer.requested = transfer.arrived
    transfer.lastHeard = watch.time(at: now)
  }
}
