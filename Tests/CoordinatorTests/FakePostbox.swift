import Job
import Messaging

/// A postbox whose messages the test writes and reads.
final class FakePostbox: Postbox {
  let rank: Int
  let rankCount: Int
  let doorbell = Doorbell()
  var deadRanks: Set<Int> = []
  private(set) var lostRanks: Set<Int> = []
  private(set) var hasResumed = false
  private(set) var sent: [Envelope] = []
  private var arrived: [Envelope] = []

  init(rankCount: Int, rank: Int = 0) {
    self.rank = rank
    self.rankCount = rankCount
  }

  /// Records the message with the rank that it is sent to.
  func send(_ message: Message, to rank: Int) {
    sent.append(Envelope(source: rank, message: message))
  }

  func setLost(_ rank: Int, _ isLost: Bool) {
    if isLost { lostRanks.insert(rank) } else { lostRanks.remove(rank) }
  }

  func resumeStopped() { hasResumed = true }

  func receive(for recipient: Message.Recipient) -> Envelope? {
    let place = arrived.firstIndex { $0.message.recipient == recipient }
    return place.map { arrived.remove(at: $0) }
  }

  /// Adds a message that has arrived.
  func arrive(_ message: Message, from rank: Int) {
    arrived.append(Envelope(source: rank, message: message))
  }

  /// The indices of the granted images, by batch, with the rank that received them.
  var grants: [(rank: Int, indices: [Int])] {
    sent.compactMap {
      guard case .grant(let requests) = $0.message else { return nil }
      return ($0.source, requests.map(\.index))
    }
  }

  /// The sent messages that are not signs of life.
  var said: [Message] {
    sent.map(\.message).filter { if case .beat = $0 { false } else { $0 != .alive } }
  }

  var beats: [Beat] {
    sent.compactMap { if case .beat(let beat) = $0.message { beat } else { nil } }
  }

  var interrupts: [Interrupt] {
    sent.compactMap { if case .interrupted(let interrupt) = $0.message { interrupt } else { nil } }
  }

  /// Removes the record of sent messages.
  func clear() { sent = [] }

  /// The ranks that were told to stop, with the status.
  var stops: [Int: ExitStatus] {
    var stops: [Int: ExitStatus] = [:]
    for envelope in sent {
      if case .stop(let status) = envelope.message { stops[envelope.source] = status }
    }
    return stops
  }
}
