/// How long the steps of a batch take.
package struct StepTiming: Sendable, Equatable {
  /// How many were timed.
  package let steps: Int
  /// Seconds that each of them took.
  package let seconds: Double
}
