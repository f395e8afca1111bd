import Foundation
import Messaging
import Synchronization

/// A piece of work that is started once and asked for its result until there is one.
final class AsideWork<Value: Sendable>: Sendable {
  private let outcome = Mutex<Result<Value, any Error>?>(nil)

  /// - Parameters:
  ///   - run: calls what it is given, now or on another thread.
  ///   - work: touches nothing that others touch until its result has been asked for.
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

  /// Nil while the work is being done.
  var result: Result<Value, any Error>? { outcome.withLock { $0 } }
}
