import Job
import Synchronization

/// Measures how the computing thread spends its time. The main thread reads it.
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

    /// Adds the time since the last change to the current state.
    mutating func flush() {
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

  /// Sets the state of the thread from now on. Before the first call nothing is measured.
  package func begin(_ state: State) {
    count.withLock {
      $0.flush()
      $0.state = state
    }
  }

  /// The time spent so far.
  package var activity: Activity {
    count.withLock {
      $0.flush()
      return $0.activity
    }
  }
}
