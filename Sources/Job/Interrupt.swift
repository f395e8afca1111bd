/// What a signal asks of a job.
package enum Interrupt: UInt8, Sendable {
  /// Start nothing more and finish what is in work (SIGUSR1).
  case drain = 1
  /// End now (SIGINT, SIGTERM, SIGHUP).
  case stop = 2
}
