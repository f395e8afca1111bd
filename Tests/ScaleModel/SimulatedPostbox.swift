import Job
import Messaging

/// The coordinator's postbox in virtual time. All messages arrive over one connection, and each of
/// them takes time of the coordinator.
final class SimulatedPostbox: Postbox {
  let rank = 0
  let rankCount: Int
  let doorbell = Doorbell()
  var deadRanks: Set<Int> = []

  /// The number of messages that are received in one turn, as in `Communicator`.
  private static let turnLimit = 64

  private let times: ServiceTimes
  /// Messages in the order of their arrival. Those before `head` were received.
  private var line: [(time: Double, envelope: Envelope)] = []
  private var head = 0
  private var lineIsFree = 0.0
  private var turnStart = 0.0
  private var takenInTurn = 0
  /// The coordinator's time used in this turn so far, in seconds.
  private var spent = 0.0
  /// The messages of this turn, and the time at which each was sent.
  private var sent: [(time: Double, rank: Int, message: Message)] = []
  /// The number of messages received and sent.
  private(set) var messageCount = 0

  init(rankCount: Int, times: ServiceTimes) {
    self.rankCount = rankCount
    self.times = times
  }

  // MARK: The ranks' side

  /// Sends a message from a rank. Calls must be in the order of `time`.
  func post(_ message: Message, from rank: Int, at time: Double) {
    if case .finished(let image) = message, case .png = image.content {
      lineIsFree = max(lineIsFree, time) + times.fileSize / times.bandwidth
    } else {
      lineIsFree = max(lineIsFree, time)
    }
    line.append((lineIsFree + times.latency, Envelope(source: rank, message: message)))
  }

  /// The time at which the next message arrives or arrived.
  var nextArrival: Double? { head < line.count ? line[head].time : nil }

  // MARK: A turn of the coordinator's

  func beginTurn(at time: Double) {
    turnStart = time
    (takenInTurn, spent) = (0, 0)
  }

  /// Adds to the duration of the turn.
  func spend(_ seconds: Double) { spent += seconds }

  /// Returns the sent messages and the duration of the turn.
  func endTurn() -> (sent: [(time: Double, rank: Int, message: Message)], seconds: Double) {
    defer { sent = [] }
    return (sent, spent)
  }

  // MARK: Postbox

  func send(_ message: Message, to rank: Int) {
    spend(times.send)
    messageCount += 1
    sent.append((turnStart + spent, rank, message))
  }

  func setLost(_ rank: Int, _ isLost: Bool) {}

  func resumeStopped() {}

  func receive(for recipient: Message.Recipient) -> Envelope? {
    guard takenInTurn < Self.turnLimit, head < line.count, line[head].time <= turnStart
    else { return nil }
    let envelope = line[head].envelope
    head += 1
    if head > 1 << 16 {
      line.removeFirst(head)
      head = 0
    }
    takenInTurn += 1
    messageCount += 1
    spend(times.receive)
    if case .finished(let image) = envelope.message, case .png = image.content {
      spend(times.receiveFile)
    }
    return envelope
  }
}
