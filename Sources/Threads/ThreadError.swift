import CThreads
import Glibc

/// The system did not start a thread.
package struct ThreadError: Error, Equatable, CustomStringConvertible {
  /// The error number of `pthread_create`.
  package let code: Int32

  package init(code: Int32) { self.code = code }

  package var description: String { "cannot create a thread: \(String(cString: strerror(code)))" }

  /// Says what happens when a thread of a library cannot be started, which no caller can catch.
  ///
  /// - Parameter report: tells the user and returns the exit code with which the process then ends.
  package static func onLibraryFailure(_ report: @escaping @convention(c) (Int32) -> Int32) {
    dmpi_thread_on_failure(report)
  }
}
