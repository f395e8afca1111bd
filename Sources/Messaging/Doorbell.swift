import Dispatch

/// Wakes a rank's main thread from a nap when another thread of the process has news for it.
package final class Doorbell: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)

  package init() {}

  /// Ends the nap, or prevents the next one. May be called from any thread.
  package func ring() {
    semaphore.signal()
  }

  /// Sleeps until the bell rings, or for at most `nap`.
  func wait(_ nap: Duration) {
    let (seconds, attoseconds) = nap.components
    let nanoseconds = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
    _ = semaphore.wait(timeout: .now() + .nanoseconds(nanoseconds))
  }
}
