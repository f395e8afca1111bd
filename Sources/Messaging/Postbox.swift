/// A message with the rank that sent it.
package struct Envelope: Sendable, Equatable {
  package let source: Int
  package let message: Message

  package init(source: Int, message: Message) {
    self.source = source
    self.message = message
  }
}

/// Sends messages to any rank, and returns those that have arrived. Never blocks.
package protocol Postbox: AnyObject {
  var rank: Int { get }
  var rankCount: Int { get }
  /// The doorbell that other threads of this process ring when they have news for a participant.
  var doorbell: Doorbell { get }

  /// Sends a message to a rank, which may be this one.
  func send(_ message: Message, to rank: Int) throws

  /// Ranks that are known to be dead, as far as MPI or the host can tell. Nothing is sent to them.
  var deadRanks: Set<Int> { get }

  /// Sets whether a rank is lost. Messages to and from a lost rank are not waited for.
  func setLost(_ rank: Int, _ isLost: Bool)

  /// Continues the ranks that are stopped and can be reached.
  func resumeStopped()

  /// Returns the next message that has arrived for one of this rank's two loops, if there is one.
  func receive(for recipient: Message.Recipient) -> Envelope?
}
