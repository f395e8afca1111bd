/// What a signal asks of a job; the later ones are stronger.
package enum Interrupt: UInt8, Sendable {
  /// Start nothing more and finish the batches in progress (SIGUSR1).
  case drain = 1
  /// Start nothing more and finish the batches that are nearly done (the first SIGINT).
  case wrapUp = 2
  /// End now (SIGTERM, SIGHUP, a second SIGINT).
  case stop = 3
}
