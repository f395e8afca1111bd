import Foundation
import Job
import Messaging
import Synchronization
import Terminal

/// The signals that end a job early, as a flag that loops look at.
package enum InterruptSignal {
  /// The raw value of the strongest `Interrupt` that has come; 0 for none.
  private static let arrived = Atomic<UInt8>(0)
  /// When the first SIGINT came, in nanoseconds; 0 for never.
  private static let firstInterruption = Atomic<UInt64>(0)
  /// A second SIGINT within so many nanoseconds belongs to the first: `timeout` sends two at once, to
  /// the process and to its group.
  private static let repetition: UInt64 = 100_000_000
  /// Whether a loop listens. A rank of several is ended by its launcher where none does.
  private static let isHeard = Atomic(false)
  /// Seconds that a signal waits for a loop to listen, as while checkpoints are read at the start.
  private static let patience: UInt32 = 1
  /// mpirun's process, or whatever else started this one; 0 before `install`.
  private static let parent = Atomic<Int32>(0)
  private static let isLaunched = LaunchEnvironment.current.isLaunched

  /// Makes the signals set the flag from now on; repeats are harmless.
  ///
  /// A signal that is ignored stays so: SIGHUP under nohup, SIGINT in the background of a shell
  /// script. SIGUSR2, which mpirun passes on too, means nothing here and ends nothing.
  package static func install() {
    // Touched here, so that the handlers find them initialised.
    arrived.store(0, ordering: .relaxed)
    firstInterruption.store(0, ordering: .relaxed)
    isHeard.store(isLaunched, ordering: .relaxed)
    parent.store(getppid(), ordering: .relaxed)
    handle(SIGUSR1) { _ in InterruptSignal.note(.drain) }
    handle(SIGINT) { _ in InterruptSignal.noteInterruption() }
    for signal in [SIGTERM, SIGHUP] { handle(signal) { _ in InterruptSignal.note(.stop) } }
    signal(SIGALRM) { _ in InterruptSignal.leaveIfUnheard() }
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

  /// Ends a process that has not come as far as to listen; files are whole at every moment.
  private static func leaveIfUnheard() {
    guard !isHeard.load(ordering: .relaxed) else { return }
    StandardStream.writeFromSignalHandler("interrupted. Run the same command to continue.\n")
    _exit(ExitStatus.incomplete.rawValue)
  }

  /// The first Ctrl-C lets batches that are nearly done be finished; the second ends the job now.
  private static func noteInterruption() {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let now = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    let first = firstInterruption.compareExchange(
      expected: 0, desired: now, ordering: .relaxed
    ).original
    let isSecond = first > 0 && now - first > repetition
    note(isSecond ? .stop : .wrapUp)
    if isSecond { leaveIfUnheard() }
  }

  /// The strongest that has come; `stop` when the launcher is gone, as after a second Ctrl-C.
  package static var latest: Interrupt? {
    isHeard.store(true, ordering: .relaxed)
    return isOrphaned ? .stop : Interrupt(rawValue: arrived.load(ordering: .relaxed))
  }

  private static var isOrphaned: Bool {
    let parent = parent.load(ordering: .relaxed)
    return isLaunched && parent != 0 && getppid() != parent
  }
}
