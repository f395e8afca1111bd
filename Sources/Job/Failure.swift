/// The reason why a job ends early. It can be printed for the user and sent between ranks.
package struct Failure: Error, Sendable, Codable, Equatable, CustomStringConvertible {
  /// What is wrong, where, and what to do. The coordinator adds the rank.
  package let message: String
  /// The exit code of the whole job.
  package let status: ExitStatus

  package init(_ message: String, status: ExitStatus) {
    self.message = message
    self.status = status
  }

  /// Keeps a `Failure` as it is. Describes any other error, and gives it `status`.
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

/// The exit code of the program, based on sysexits.h.
///
/// All ranks of a job end with the same code, so a batch script can read it from any of them.
package enum ExitStatus: Int32, Sendable, Codable, CaseIterable {
  /// All images are written.
  case success = 0
  /// The command line is invalid or cannot be carried out.
  case usage = 64
  /// A file was read, but its contents are wrong or unsupported.
  case badData = 65
  /// An input file is missing or cannot be read.
  case cannotRead = 66
  /// A fault of the program or its environment, not of the request.
  case internalError = 70
  /// An output file or folder cannot be written.
  case cannotWrite = 73
  /// Interrupted before the end. All files written so far are complete.
  case incomplete = 75
}

/// A signal's request to a job. Later cases are stronger.
package enum Interrupt: UInt8, Sendable {
  /// Start no more batches, and finish those in progress (SIGUSR1).
  case drain = 1
  /// Start no more batches, and finish those that are nearly done (the first SIGINT).
  case wrapUp = 2
  /// End now (SIGTERM, SIGHUP, a second SIGINT).
  case stop = 3
}
