import Foundation

/// How OpenMP's threads wait for each other at the end of every operation.
///
/// By default, GNU OpenMP's threads spin for about ten milliseconds. If another rank or job runs on
/// the same processors, they take the time of the very thread that they wait for, and two threads
/// need ten times as long as one. Waking a sleeping thread, on the other hand, takes tens of
/// microseconds, as long as a small operation. Therefore the threads spin for about five
/// microseconds and then sleep.
package enum OpenMPWaiting {
  private static let variables = ["OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "300"]

  /// Restarts the program with threads that soon sleep, unless the user has set the variables.
  /// Returns if the restart is not needed or fails.
  ///
  /// The restart is necessary because the library reads its environment when it is loaded, before
  /// any code of the program runs.
  package static func restartWithSleepingThreads() {
    guard variables.keys.allSatisfy({ getenv($0) == nil }),
      let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    else { return }
    for (name, value) in variables { setenv(name, value, 1) }
    execv(program, CommandLine.unsafeArgv)
  }
}
