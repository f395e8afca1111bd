import Foundation
import Job

/// A loop that runs on a rank's main thread: the coordinator's (rank 0) or the worker's.
package protocol Participant: AnyObject {
  /// Handles the messages that have arrived since the last turn, without blocking.
  ///
  /// - Returns: whether there was anything to do.
  func turn(at now: ContinuousClock.Instant) throws -> Bool

  /// The status to exit with, or `nil` while this participant has more to do.
  var outcome: ExitStatus? { get }
}

/// The event loop of a rank: exchanges messages, gives every participant its turn, and naps in
/// between.
///
/// A rank that blocked in an MPI call would spin on a core that another rank needs. Polling with
/// naps costs almost nothing.
package struct EventLoop {
  /// How long messages may take to leave after everything else is done.
  private static let flushLimit = Duration.seconds(2)

  private let postbox: MPIPostbox

  package init(_ postbox: MPIPostbox) {
    self.postbox = postbox
  }

  /// Runs until every participant has an outcome, and returns the outcome of the first.
  package func run(_ participants: [any Participant]) throws -> ExitStatus {
    var backoff = Backoff()
    while participants.contains(where: { $0.outcome == nil }) {
      var busy = try postbox.exchange()
      for participant in participants where participant.outcome == nil {
        if try participant.turn(at: .now) { busy = true }
      }
      backoff.next(busy: busy, isMoving: postbox.isMovingLargePackets).map(postbox.doorbell.wait)
    }
    try flushLastMessages()
    return participants.first?.outcome ?? .success
  }

  private func flushLastMessages() throws {
    var backoff = Backoff()
    let deadline = ContinuousClock.now + Self.flushLimit
    while postbox.isSending && .now < deadline {
      backoff.next(busy: try postbox.exchange()).map(postbox.doorbell.wait)
    }
  }
}
