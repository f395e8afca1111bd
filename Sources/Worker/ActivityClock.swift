import Job
import Synchronization

/// Adds up how the computing thread spends its time; read by the main thread.
package final class ActivityClock: Sendable {
  package enum State: Sendable {
    case network
    case waiting
    case writing
  }

  private struct Count {
    var state: State?
    var since = ContinuousClock.now
    var activity = Activity()

    /// Adds the time since the last change to what the thread was doing.
    mutating func settle() {
      let now = ContinuousClock.now
      let seconds = (now - since) / .seconds(1)
      since = now
      switch state {
      case .network: activity.network += seconds
      case .waiting: activity.waiting += seconds
      case .writing: activity.writing += seconds
      case nil: break
      }
    }
  }

  private let count = Mutex(Count())

  package init() {}

  /// Says what the thread does from now on; before the first time nothing is counted.
  package func begin(_ state: State) {
    count.withLock {
      $0.settle()
      $0.state = state
    }
  }

  /// So far.
  package var activity: Activity {
    count.withLock {
      $0.settle()
      return $0.activity
    }
  }
}
