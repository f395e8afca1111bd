import Coordinator
import Foundation
import Job
import Machine
import Messaging
import Synchronization
import Terminal
import Threads

/// What the user sees of a job of many processes: the words of one of them.
package enum Console {
  /// Whether this process tells the user what all processes of a job would say.
  package static var isFirstRank: Bool { LaunchEnvironment.current.speaker != .other }

  /// Whether only warnings and errors are printed.
  package static var isQuiet: Bool {
    get { quiet.load(ordering: .relaxed) }
    set { quiet.store(newValue, ordering: .relaxed) }
  }
  private static let quiet = Atomic(false)

  package static func isWarning(_ note: String) -> Bool { note.hasPrefix("warning: ") }

  /// Tells the user something on standard error.
  package static func note(_ text: String) {
    if isQuiet && !Announcement.isImportant(text) { return }
    StandardStream.output.flush(until: Date(timeIntervalSinceNow: 1))
    StandardStream.error.write(text + "\n")
  }

  /// Ends the process with the error that names the limit when a library cannot create a thread.
  package static func explainMissingThreads() {
    ThreadError.onLibraryFailure { _ in
      let failure = ThreadLimit.ofThisProcess.failure
      StandardStream.error.write("error: \(failure)\n")
      StandardStream.flushAll()
      return failure.status.rawValue
    }
  }

  /// Prints why the process ends, or what was asked for, once, and ends the process.
  package static func exit(_ message: String, code: Int32) -> Never {
    isQuiet = false
    if code == 0 {
      if isFirstRank { print(message) }
    } else if !message.isEmpty {
      note(message, onEndWith: code)
    }
    end(code)
  }

  /// Notes why the process ends, unless another says the same.
  ///
  /// mpirun ends all ranks as soon as one fails, so the others leave the first time to speak: it
  /// takes them with it.
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

  /// Ends a command with its exit code, or another if its output could not be written.
  ///
  /// When the reader has left, as `head` does, the process ends as if by SIGPIPE, without a word.
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

/// Prints to standard output after what was said before, and notices when that fails.
///
/// Takes the place of Swift's function in the whole program: that one ignores a full disk.
package func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {
  StandardStream.error.flush(until: Date(timeIntervalSinceNow: 1))
  StandardStream.output.write(
    items.map { "\($0)" }.joined(separator: separator) + terminator)
}
