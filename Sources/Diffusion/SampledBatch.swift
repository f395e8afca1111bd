import Compute

/// What sampling a batch gave.
package struct SampledBatch: Sendable {
  /// x₀, [N, 3, H, W], in [−1, 1] or a little beyond; zero where an image is not finite.
  package let images: Tensor
  /// The images that are none, by their place in the batch.
  package let notFinite: [Int: NotFinite]
}

/// Where on its way from noise an image came to hold infinity or NaN.
package struct NotFinite: Sendable, Equatable, CustomStringConvertible {
  package let stepsDone: Int
  package let steps: Int
  /// The trained timestep of the last step done.
  package let timestep: Int

  package init(stepsDone: Int, steps: Int, timestep: Int) {
    self.stepsDone = stepsDone
    self.steps = steps
    self.timestep = timestep
  }

  package var description: String {
    "not finite after step \(stepsDone) of \(steps) (timestep \(timestep))"
  }

  /// What is mostly the cause.
  package static let likelyCauses =
    "the checkpoint may hold NaN or infinite weights, its flags may not be its own, or the "
    + "guidance scale is too large"
}
