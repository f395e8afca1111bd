import Foundation

/// How OpenMP's threads wait for each other at the end of every operation.
///
/// GNU OpenMP lets them spin, for some ten milliseconds: where anything else runs on the same
/// processors, another rank or job, they spin away the time of the very thread they wait for, and
/// two threads take ten times as long as one. To wake a thread that sleeps takes tens of microseconds,
/// though, as long as a small operation. So they spin for some five microseconds and then sleep.
package enum OpenMPWaiting {
  private static let variables = ["OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "300"]

  /// Starts the program again with threads that soon sleep, unless the user chose; returns if it
  /// cannot.
  ///
  /// The library reads its environment when it is loaded, before any code of the program runs.
  package static func restartWithSleepingThreads() {
    guard variables.keys.allSatisfy({ getenv($0) == nil }),
      let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    else { return }
    for (name, value) in variables { setenv(name, value, 1) }
    execv(program, CommandLine.unsafeArgv)
  }
}
