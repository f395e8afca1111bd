import Foundation
import Synchronization

/// SIGINT and SIGTERM as a flag that loops look at.
package enum InterruptSignal {
  private static let arrived = Atomic<Bool>(false)

  /// Makes both signals set the flag from now on; repeats are harmless.
  package static func install() {
    // Touched here, so that the handler finds it initialised.
    arrived.store(false, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      InterruptSignal.arrived.store(true, ordering: .relaxed)
    }
    action.sa_flags = SA_RESTART
    for signal in [SIGINT, SIGTERM] { sigaction(signal, &action, nil) }
  }

  /// Whether one of them has come.
  package static var hasArrived: Bool { arrived.load(ordering: .relaxed) }
}
