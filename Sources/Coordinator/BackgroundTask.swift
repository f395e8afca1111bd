import Foundation
import Messaging
import Synchronization

/// A task that runs once in the background, and whose result is polled until it is available.
final class BackgroundTask<Value: Sendable>: Sendable {
  private let outcome = Mutex<Result<Value, any Error>?>(nil)

  /// - Parameters:
  ///   - run: runs the given closure, now or on another thread.
  ///   - work: must not share state with other code until its result is available.
  init(
    run: (@escaping @Sendable () -> Void) -> Void, doorbell: Doorbell,
    work: @escaping () throws -> Value
  ) {
    nonisolated(unsafe) let work = work
    run { [self] in
      let result = Result(catching: work)
      outcome.withLock { $0 = result }
      doorbell.ring()
    }
  }

  /// The result, or `nil` while the task is running.
  var result: Result<Value, any Error>? { outcome.withLock { $0 } }
}
