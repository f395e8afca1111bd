import Foundation
import Job
import Messaging
import Synchronization
import Terminal

/// The signals that end a job early, as a flag that loops poll.
package enum InterruptSignal {
  /// The raw value of the strongest `Interrupt` so far, or 0.
  private static let arrived = Atomic<UInt8>(0)
  /// The time of the first SIGINT in nanoseconds, or 0.
  private static let firstInterruption = Atomic<UInt64>(0)
  /// A second SIGINT within this many nanoseconds belongs to the first. `timeout` sends two at
  /// once, to the process and to its group.
  private static let repetition: UInt64 = 100_000_000
  /// Whether a loop polls the flag. If none does, a rank of a larger job is ended by its launcher.
  private static let isHeard = Atomic(false)
  /// How many seconds a signal waits for a loop, for example while checkpoints are read at the
  /// start.
  private static let patience: UInt32 = 1
  /// The process that started this one, usually mpirun's. 0 before `install`.
  private static let parent = Atomic<Int32>(0)
  private static let isLaunched = LaunchEnvironment.current.isLaunched

  /// Makes the signals set the flag. May be called more than once.
  ///
  /// A signal that is ignored stays ignored: SIGHUP under nohup, SIGINT in the background of a
  /// shell script. SIGUSR2, which mpirun forwards too, has no effect.
  package static func install() {
    // Accessed here, so that the handlers find them initialised.
    arrived.store(0, ordering: .relaxed)
    firstInterruption.store(0, ordering: .relaxed)
    isHeard.store(isLaunched, ordering: .relaxed)
    parent.store(getppid(), ordering: .relaxed)
    handle(SIGUSR1) { _ in InterruptSignal.note(.drain) }
    handle(SIGINT) { _ in InterruptSignal.recordInterruption() }
    for signal in [SIGTERM, SIGHUP] { handle(signal) { _ in InterruptSignal.note(.stop) } }
    signal(SIGALRM) { _ in InterruptSignal.exitIfUnhandled() }
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
    if !isHeard.load(ordering: .relaxed) { alarm(patience) }
  }

  /// Ends a process that does not poll the flag yet. Files are complete at every moment.
  private static func exitIfUnhandled() {
    guard !isHeard.load(ordering: .relaxed) else { return }
    StandardStream.writeFromSignalHandler("interrupted. Run the same command to continue.\n")
    _exit(ExitStatus.incomplete.rawValue)
  }

  /// Records a Ctrl-C. The first lets batches that are nearly done finish, and the second ends the
  /// job at once.
  private static func recordInterruption() {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let now = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    let first = firstInterruption.compareExchange(
      expected: 0, desired: now, ordering: .relaxed
    ).original
    let isSecond = first > 0 && now - first > repetition
    note(isSecond ? .stop : .wrapUp)
    if isSecond { exitIfUnhandled() }
  }

  /// The strongest interrupt so far, or `stop` if the launcher is gone, for example after a second
  /// Ctrl-C.
  package static var latest: Interrupt? {
    isHeard.store(true, ordering: .relaxed)
    return isOrphaned ? .stop : Interrupt(rawValue: arrived.load(ordering: .relaxed))
  }

  private static var isOrphaned: Bool {
    let parent = parent.load(ordering: .relaxed)
    return isLaunched && parent != 0 && getppid() != parent
  }
}
