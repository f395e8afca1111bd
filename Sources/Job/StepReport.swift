/// How far the sampling of the current batch has come.
package struct StepReport: Sendable, Equatable {
  /// Steps done, from 0 to `steps`.
  package let step: Int
  /// Steps the batch takes in all.
  package let steps: Int

  package init(step: Int, of steps: Int) {
    self.step = step
    self.steps = steps
  }

  /// The part done, from 0 to 1.
  package var fraction: Double {
    steps > 0 ? Double(min(max(step, 0), steps)) / Double(steps) : 0
  }
}
