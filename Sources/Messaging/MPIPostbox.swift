/// The postbox of one rank of an MPI job.
///
/// A message to the rank itself stays in the process, so that rank 0's own worker needs no MPI.
package final class MPIPostbox: Postbox {
  package let doorbell = Doorbell()

  private let communicator: Communicator
  private var arrived: [Message.Recipient: [Envelope]] = [:]

  package init(_ communicator: Communicator) {
    self.communicator = communicator
  }

  package var rank: Int { communicator.rank }
  package var rankCount: Int { communicator.rankCount }

  package func send(_ message: Message, to rank: Int) throws {
    if rank == self.rank {
      deliver(Envelope(source: rank, message: message))
    } else {
      let (tag, head, body) = message.wire
      try communicator.send(head, body, tag: tag, to: rank)
    }
  }

  package func receive(for recipient: Message.Recipient) -> Envelope? {
    guard let first = arrived[recipient]?.first else { return nil }
    arrived[recipient]?.removeFirst()
    return first
  }

  package var deadRanks: Set<Int> { communicator.dead }

  package func setLost(_ rank: Int, _ isLost: Bool) {
    if isLost { communicator.lost.insert(rank) } else { communicator.lost.remove(rank) }
  }

  package func resumeStopped() { communicator.resumeStopped() }

  /// Moves messages in and out. Returns whether any moved.
  func exchange() throws -> Bool {
    let (arrived, moved) = try communicator.exchange()
    for packet in arrived {
      let message = try Message(tag: packet.tag, bytes: UnsafeRawBufferPointer(packet.buffer))
      deliver(Envelope(source: packet.peer, message: message))
    }
    return moved
  }

  /// Whether messages passed to `send` are still in transit.
  var isSending: Bool { communicator.isSending }

  /// Whether large messages are in transit, which takes several calls of `exchange`.
  var isMovingLargePackets: Bool { communicator.isMovingLargePackets }

  private func deliver(_ envelope: Envelope) {
    arrived[envelope.message.recipient, default: []].append(envelope)
  }
}
