/// The time that the steps of a batch take.
package struct StepTiming: Sendable, Equatable {
  /// The number of steps that were timed.
  package let steps: Int
  /// The time of each step in seconds.
  package let seconds: Double
}
