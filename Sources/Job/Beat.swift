/// A worker's sign of life.
package struct Beat: Sendable, Equatable {
  /// How far the batch in hand has come; nil when there is none, or nothing new to say.
  package let report: StepReport?
  /// Since the rank was ready.
  package let activity: Activity

  package init(report: StepReport?, activity: Activity) {
    self.report = report
    self.activity = activity
  }
}
