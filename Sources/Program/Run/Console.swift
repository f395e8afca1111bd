import Coordinator
import Foundation
import Job
import Machine
import Messaging
import Synchronization
import Terminal
import Threads

/// The messages of a job with several processes. One of the processes prints them.
package enum Console {
  /// Whether this process prints the messages that all processes of a job have in common.
  package static var isFirstRank: Bool { LaunchEnvironment.current.speaker != .other }

  /// Whether only warnings and errors are printed.
  package static var isQuiet: Bool {
    get { quiet.load(ordering: .relaxed) }
    set { quiet.store(newValue, ordering: .relaxed) }
  }
  private static let quiet = Atomic(false)

  package static func isWarning(_ note: String) -> Bool { note.hasPrefix("warning: ") }

  /// Prints a message for the user on standard error.
  package static func note(_ text: String) {
    if isQuiet && !Announcement.isImportant(text) { return }
    StandardStream.output.flush(until: Date(timeIntervalSinceNow: 1))
    StandardStream.error.write(text + "\n")
  }

  /// Makes the process end with an error that names the limit if a library cannot create a thread.
  package static func explainMissingThreads() {
    ThreadError.onLibraryFailure { _ in
      let failure = Failure(explaining: ThreadLimit.ofThisProcess)
      StandardStream.error.write("error: \(failure)\n")
      StandardStream.flushAll()
      return failure.status.rawValue
    }
  }

  /// Prints the reason why the process ends, or the requested text, once, and ends the process.
  package static func exit(_ message: String, code: Int32) -> Never {
    isQuiet = false
    if code == 0 {
      if isFirstRank { print(message) }
    } else if !message.isEmpty {
      note(message, onEndWith: code)
    }
    end(code)
  }

  /// Prints the reason why the process ends, unless another process prints it.
  ///
  /// mpirun ends all ranks as soon as one fails. The other ranks therefore give the first one time
  /// to print its message before they end.
  private static func note(_ message: String, onEndWith code: Int32) {
    switch LaunchEnvironment.current.speaker {
    case .this:
      note(message)
    case .unknown:
      sleep(2)
      note(message)
    case .other:
      sleep(5)
    }
  }

  /// Ends a command with its exit code, or with another one if its output could not be written.
  ///
  /// If the reader has closed the pipe, as `head` does, the process ends as if by SIGPIPE, without
  /// a message.
  package static func end(_ code: Int32 = 0) -> Never {
    StandardStream.output.flush()
    guard let error = StandardStream.output.failure else {
      StandardStream.flushAll()
      Foundation.exit(code)
    }
    if error == EPIPE {
      StandardStream.flushAll()
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
    }
    note("error: cannot write to standard output: \(String(cString: strerror(error)))")
    StandardStream.flushAll()
    Foundation.exit(ExitStatus.cannotWrite.rawValue)
  }
}

/// Prints to standard output, after all earlier output, and detects failures.
///
/// It replaces Swift's function in the whole program, because that function ignores a full disk.
package func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {
  StandardStream.error.flush(until: Date(timeIntervalSinceNow: 1))
  StandardStream.output.write(
    items.map { "\($0)" }.joined(separator: separator) + terminator)
}
