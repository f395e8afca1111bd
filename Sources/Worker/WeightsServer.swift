import Cache
import Messaging

/// Answers the requests of other ranks for pieces of packed weights.
struct WeightsServer {
  /// The number of pieces that are sent in a turn of the event loop. Other messages must not wait
  /// for long.
  private static let piecesPerTurn = 4
  private static let largestPiece = 16 << 20

  private struct Request {
    let rank: Int
    let file: String
    let offset: Int
    let byteCount: Int
  }

  private let postbox: any Postbox
  private let offers: PackedOffers
  private let signInterval: Duration
  /// The requests that are not answered yet, in order.
  private var waiting: [Request] = []
  private var nextSign: ContinuousClock.Instant?

  /// - Parameter signInterval: the time between two signs of life to a rank that waits.
  init(_ postbox: any Postbox, _ offers: PackedOffers, signInterval: Duration) {
    self.postbox = postbox
    self.offers = offers
    self.signInterval = signInterval
  }

  mutating func request(_ file: String, offset: Int, byteCount: Int, from rank: Int) {
    waiting.append(
      Request(
        rank: rank, file: file, offset: offset, byteCount: min(byteCount, Self.largestPiece)))
  }

  /// Answers the requests that can be answered.
  ///
  /// - Parameter sent: called for each piece that was sent, with its file.
  /// - Returns: whether anything was sent.
  mutating func turn(
    at now: ContinuousClock.Instant, sent: (String, PackedPiece) throws -> Void
  ) throws -> Bool {
    let dead = postbox.deadRanks
    waiting.removeAll { dead.contains($0.rank) }
    guard !waiting.isEmpty else { return false }
    var (rest, pieces) = ([Request](), 0)
    for request in waiting {
      guard pieces < Self.piecesPerTurn else {
        rest.append(request)
        continue
      }
      switch offers.supply(
        of: request.file, at: request.offset, byteCount: request.byteCount)
      {
      case .later: rest.append(request)
      case .never: try send(.never(file: request.file), to: request.rank)
      case .piece(let piece):
        pieces += 1
        try send(
          .piece(
            file: request.file, offset: piece.offset, fileSize: piece.fileSize,
            checksum: piece.checksum, bytes: piece.bytes), to: request.rank)
        try sent(request.file, piece)
      }
    }
    let isBusy = rest.count < waiting.count
    waiting = rest
    try sendSigns(at: now)
    return isBusy
  }

  /// Tells the ranks that wait that this one is alive.
  private mutating func sendSigns(at now: ContinuousClock.Instant) throws {
    if let nextSign, now < nextSign { return }
    nextSign = now + signInterval
    var told: Set<Int> = []
    for request in waiting where told.insert(request.rank).inserted {
      try send(.later(file: request.file), to: request.rank)
    }
  }

  private func send(_ message: WeightsMessage, to rank: Int) throws {
    try postbox.send(.weights(message), to: rank)
  }
}
