/// The time that the steps of a stage take, each for one of its batches.
package struct StepTiming: Sendable, Equatable {
  /// The number of steps that were timed.
  package let steps: Int
  /// The time of each step in seconds.
  package let seconds: Double
  /// The time in which the decoder makes one image, in seconds; `nil` in a stage without latents.
  package let decoderSeconds: Double?
}
