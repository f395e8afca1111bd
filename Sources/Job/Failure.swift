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
  package init(_ error: any Error, otherwise status: ExitStatus = .internalError) {
    self = error as? Failure ?? Failure("\(error)", status: status)
  }

  package var description: String { message }
}
