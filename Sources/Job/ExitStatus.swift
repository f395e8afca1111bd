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
