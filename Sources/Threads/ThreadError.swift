import CThreads
import Glibc

/// An error that the system did not start a thread.
package struct ThreadError: Error, Equatable, CustomStringConvertible {
  /// The error number of `pthread_create`.
  package let code: Int32

  package init(code: Int32) { self.code = code }

  package var description: String { "cannot create a thread: \(String(cString: strerror(code)))" }

  /// Sets what happens if a library cannot start a thread. No caller can catch this error.
  ///
  /// - Parameter report: informs the user, and returns the exit code with which the process ends.
  package static func onLibraryFailure(_ report: @escaping @convention(c) (Int32) -> Int32) {
    dmpi_thread_on_failure(report)
  }
}
