import ArgumentParser
import Foundation
import Job
import Messaging
import Worker

/// What the user sees of a job of many processes: rank 0's words alone.
enum Console {
  static var isFirstRank: Bool { LaunchEnvironment.current.rank == 0 }

  static func note(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  /// Prints an error, or the help it stands for, once, and ends the process with its exit code.
  static func exit(on error: any Error) -> Never {
    // What was printed before comes first where both go to one file.
    fflush(nil)
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
