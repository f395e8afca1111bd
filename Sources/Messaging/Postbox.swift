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

  /// The next message that has arrived for one of this rank's two loops, if any.
  func receive(for recipient: Message.Recipient) -> Envelope?
}
