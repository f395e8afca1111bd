/// A message with the rank that sent it.
package struct Envelope: Sendable, Equatable {
  package let source: Int
  package let message: Message

  package init(source: Int, message: Message) {
    self.source = source
    self.message = message
  }
}

/// Takes messages for any rank and gives out those that have arrived; never blocks.
package protocol Postbox: AnyObject {
  var rank: Int { get }
  var rankCount: Int { get }
  /// For other threads of this process to ring when they have news for a participant.
  var doorbell: Doorbell { get }

  /// Posts a message; to this very rank too.
  func send(_ message: Message, to rank: Int) throws

  /// Ranks that are known to be dead, as far as MPI or the host can tell; they are sent nothing.
  var deadRanks: Set<Int> { get }

  /// Says whether anything is expected of a rank: if not, what is on its way to or from it is not
  /// waited for.
  func expect(_ rank: Int, isLost: Bool)

  /// Lets ranks go on that were stopped, as far as they can be reached.
  func resumeStopped()

  /// The next message that has arrived for one of this rank's two loops, if any.
  func receive(for recipient: Message.Recipient) -> Envelope?
}
