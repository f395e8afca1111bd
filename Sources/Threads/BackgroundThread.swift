import CThreads

/// Threads other than the main thread. The system may refuse to start them.
///
/// Foundation's `Thread` and libdispatch's queues do not report that a thread could not be started:
/// the work never runs, or the caller waits forever.
package enum BackgroundThread {
  /// Enough for code without deep recursion.
  private static let stackSize = 1 << 20

  /// Starts a thread that runs `body` once.
  ///
  /// - Throws: `ThreadError`. In this case `body` does not run.
  package static func start(
    stackSize: Int = stackSize, _ body: @escaping @Sendable () -> Void
  ) throws(ThreadError) {
    let work = Unmanaged.passRetained(Work(body))
    let code = dmpi_thread_start(
      stackSize, { Unmanaged<Work>.fromOpaque($0!).takeRetainedValue().body() },
      work.toOpaque())
    guard code == 0 else {
      work.release()
      throw ThreadError(code: code)
    }
  }

  /// Returns how many of `count` more threads could run at the same time.
  package static func available(upTo count: Int) -> Int {
    Int(dmpi_thread_try(Int32(clamping: count)))
  }

  private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
