/// The reason a job ends early, fit to be printed to the user and sent from rank to rank.
package struct Failure: Error, Sendable, Codable, Equatable, CustomStringConvertible {
  /// What is wrong, where, and what to do; without a rank, which the coordinator adds.
  package let message: String
  /// The exit code the whole job ends with.
  package let status: ExitStatus

  package init(_ message: String, status: ExitStatus) {
    self.message = message
    self.status = status
  }

  /// Keeps a `Failure` as it is and describes any other error, under the status given.
  ///
  /// - Parameter text: describes an error to the user.
  package init(
    _ error: any Error, otherwise status: ExitStatus = .internalError,
    text: (any Error) -> String = { "\($0)" }
  ) {
    self = error as? Failure ?? Failure(text(error), status: status)
  }

  package var description: String { message }
}

/// What the program's exit code says, after sysexits.h.
///
/// Every rank of a job ends with the same one, so that a batch script may read it from any of them.
package enum ExitStatus: Int32, Sendable, Codable, CaseIterable {
  /// All images are written.
  case success = 0
  /// The command line cannot be obeyed as given.
  case usage = 64
  /// A file was read, but what it holds is wrong or unsupported.
  case badData = 65
  /// An input file is missing or cannot be read.
  case cannotRead = 66
  /// A fault of the program or of what it runs on, not of the request.
  case internalError = 70
  /// An output file or folder cannot be written.
  case cannotWrite = 73
  /// Interrupted before the end; what is written is whole.
  case incomplete = 75
}

/// What a signal asks of a job; the later ones are stronger.
package enum Interrupt: UInt8, Sendable {
  /// Start nothing more and finish the batches in progress (SIGUSR1).
  case drain = 1
  /// Start nothing more and finish the batches that are nearly done (the first SIGINT).
  case wrapUp = 2
  /// End now (SIGTERM, SIGHUP, a second SIGINT).
  case stop = 3
}
