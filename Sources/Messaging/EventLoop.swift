import Foundation
import Job

/// One of the loops that a rank's main thread turns: the coordinator's (rank 0) or the worker's.
package protocol Participant: AnyObject {
  /// Handles what has arrived since the last turn, without blocking.
  ///
  /// - Returns: whether there was anything to do.
  func turn(at now: ContinuousClock.Instant) throws -> Bool

  /// The status to leave with, once this participant has nothing more to do.
  var outcome: ExitStatus? { get }
}

/// The one loop of a rank: exchanges messages, gives every participant its turn, and naps between.
///
/// A rank blocked in an MPI call would spin on a core that another rank computes on; polling with
/// naps costs next to nothing.
package struct EventLoop {
  /// How long messages may still take to leave when everything else is done.
  private static let farewellLimit = Duration.seconds(2)

  private let postbox: MPIPostbox

  package init(_ postbox: MPIPostbox) {
    self.postbox = postbox
  }

  /// Runs until every participant has an outcome, and returns that of the first.
  package func run(_ participants: [any Participant]) throws -> ExitStatus {
    var backoff = Backoff()
    while participants.contains(where: { $0.outcome == nil }) {
      var busy = try postbox.exchange()
      for participant in participants where participant.outcome == nil {
        if try participant.turn(at: .now) { busy = true }
      }
      backoff.next(busy: busy).map(postbox.doorbell.wait)
    }
    try sayFarewell()
    return participants.first?.outcome ?? .success
  }

  private func sayFarewell() throws {
    var backoff = Backoff()
    let deadline = ContinuousClock.now + Self.farewellLimit
    while postbox.isSending && .now < deadline {
      backoff.next(busy: try postbox.exchange()).map(postbox.doorbell.wait)
    }
  }
}
