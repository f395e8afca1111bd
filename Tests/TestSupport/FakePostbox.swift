import Job
import Messaging

/// A postbox whose messages the test writes and reads.
package final class FakePostbox: Postbox {
  package let rank: Int
  package let rankCount: Int
  package let doorbell = Doorbell()
  package var deadRanks: Set<Int> = []
  package private(set) var lostRanks: Set<Int> = []
  package private(set) var hasResumed = false
  package private(set) var sent: [Envelope] = []
  private var arrived: [Envelope] = []

  package init(rankCount: Int, rank: Int = 0) {
    self.rank = rank
    self.rankCount = rankCount
  }

  /// Records the message with the rank that it is sent to.
  package func send(_ message: Message, to rank: Int) {
    sent.append(Envelope(source: rank, message: message))
  }

  package func setLost(_ rank: Int, _ isLost: Bool) {
    if isLost { lostRanks.insert(rank) } else { lostRanks.remove(rank) }
  }

  package func resumeStopped() { hasResumed = true }

  package func receive(for recipient: Message.Recipient) -> Envelope? {
    let place = arrived.firstIndex { $0.message.recipient == recipient }
    return place.map { arrived.remove(at: $0) }
  }

  /// Adds a message that has arrived.
  package func arrive(_ message: Message, from rank: Int) {
    arrived.append(Envelope(source: rank, message: message))
  }

  /// The indices of the granted images, by batch, with the rank that received them.
  package var grants: [(rank: Int, indices: [Int])] {
    sent.compactMap {
      guard case .grant(let requests) = $0.message else { return nil }
      return ($0.source, requests.map(\.index))
    }
  }

  /// The sent messages that are not signs of life.
  package var said: [Message] {
    sent.map(\.message).filter { if case .beat = $0 { false } else { $0 != .alive } }
  }

  package var beats: [Beat] {
    sent.compactMap { if case .beat(let beat) = $0.message { beat } else { nil } }
  }

  package var interrupts: [Interrupt] {
    sent.compactMap { if case .interrupted(let interrupt) = $0.message { interrupt } else { nil } }
  }

  /// Removes the record of sent messages.
  package func clear() { sent = [] }

  /// The ranks that were told to stop, with the status.
  package var stops: [Int: ExitStatus] {
    var stops: [Int: ExitStatus] = [:]
    for envelope in sent {
      if case .stop(let status) = envelope.message { stops[envelope.source] = status }
    }
    return stops
  }
}
