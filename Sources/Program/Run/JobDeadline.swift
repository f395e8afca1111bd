import Arguments
import Foundation
import Machine

/// The time at which a job has to end, from the command line or from the batch system.
package struct JobDeadline {
  package let instant: ContinuousClock.Instant
  /// Who ends the job, such as `--time-limit`.
  private let source: String

  /// - Parameters:
  ///   - limit: the value of `--time-limit`, if the user set it.
  ///   - start: when the program started.
  /// - Returns: `nil` if no limit is known. An end in the past comes from a variable that another
  ///   batch job left, and is ignored.
  package init?(
    _ limit: TimeLimit?, batch: BatchAllocation?, start: ContinuousClock.Instant, date: Date
  ) {
    switch limit {
    case .off?: return nil
    case .after(let duration):
      (instant, source) = (start + duration, "--time-limit")
    case nil:
      guard let batch, let end = batch.end, end > date else { return nil }
      instant = start + .seconds(end.timeIntervalSince(date))
      source = batch.system.rawValue
    }
  }

  /// The line about the limit at the start of a job.
  package func note(at now: ContinuousClock.Instant) -> String {
    let seconds = max(0, (instant - now) / .seconds(1))
    return "time limit: \(DurationText.of(seconds: seconds)) left (\(source)); no batch is started "
      + "that cannot end in time"
  }
}
