import ArgumentParser
import Coordinator
import Foundation
import Job
import Messaging
import Synchronization
import Worker

/// What the user sees of a job of many processes: only rank 0 prints.
enum Console {
  /// Whether only warnings and errors are printed.
  static var isQuiet: Bool {
    get { quiet.load(ordering: .relaxed) }
    set { quiet.store(newValue, ordering: .relaxed) }
  }
  private static let quiet = Atomic(false)

  static var isFirstRank: Bool { LaunchEnvironment.current.rank == 0 }

  static func note(_ text: String) {
    if isQuiet && !Announcement.isImportant(text) { return }
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  /// Prints an error, or the help it stands for, once, and ends the process with its exit code.
  static func exit(on error: any Error) -> Never {
    // What was printed before comes first where both go to one file.
    fflush(nil)
    isQuiet = false
    if let failure = error as? Failure {
      if isFirstRank { note("error: \(failure)") }
      leave(failure.status.rawValue)
    }
    let code = DiffuseMPI.exitCode(for: error)
    if isFirstRank {
      let message = DiffuseMPI.fullMessage(for: error)
      if code.isSuccess { print(message) } else { note(message) }
    }
    leave(code.rawValue)
  }

  /// mpirun ends all ranks as soon as one fails, so the others leave the first time to speak: it
  /// takes them with it.
  private static func leave(_ code: Int32) -> Never {
    if code != 0 && !isFirstRank { Thread.sleep(forTimeInterval: 5) }
    Foundation.exit(code)
  }
}
