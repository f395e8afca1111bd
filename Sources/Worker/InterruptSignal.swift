import Foundation
import Job
import Synchronization

/// The signals that end a job early, as a flag that loops look at.
package enum InterruptSignal {
  /// The raw value of the strongest `Interrupt` that has come; 0 for none.
  private static let arrived = Atomic<UInt8>(0)

  /// Makes the signals set the flag from now on; repeats are harmless.
  ///
  /// A signal that is ignored stays so: SIGHUP under nohup, SIGINT in the background of a shell
  /// script. SIGUSR2, which mpirun passes on too, means nothing here and ends nothing.
  package static func install() {
    // Touched here, so that the handler finds it initialised.
    arrived.store(0, ordering: .relaxed)
    handle(SIGUSR1) { _ in InterruptSignal.note(.drain) }
    for signal in [SIGINT, SIGTERM, SIGHUP] { handle(signal) { _ in InterruptSignal.note(.stop) } }
    signal(SIGUSR2, SIG_IGN)
  }

  private static func handle(_ signal: Int32, by handler: @escaping @convention(c) (Int32) -> Void)
  {
    var earlier = sigaction()
    sigaction(signal, nil, &earlier)
    guard unsafeBitCast(earlier.__sigaction_handler.sa_handler, to: Int.self) != 1 else { return }
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    action.sa_flags = SA_RESTART
    sigaction(signal, &action, nil)
  }

  private static func note(_ interrupt: Interrupt) {
    arrived.max(interrupt.rawValue, ordering: .relaxed)
  }

  /// The strongest that has come.
  package static var latest: Interrupt? { Interrupt(rawValue: arrived.load(ordering: .relaxed)) }
}
