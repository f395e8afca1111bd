// The trained steps that latent-diffusion's samplers visit: `make_ddim_timesteps` and
// `make_ddim_sampling_parameters` in ldm/modules/diffusionmodules/util.py.

/// The trained steps of a run of latent-diffusion's DDIM and PLMS: 1, 1 + stride, 1 + 2·stride, …
///
/// The stride is the number of trained steps divided by the wanted count, rounded down, so that there may
/// be more steps than wanted. Everything follows from ᾱ in single precision.
package struct LatentTimesteps: Sendable, Equatable {
  /// The trained steps in ascending order.
  package let timesteps: [Int]
  /// ᾱ of each step.
  package let alphaBar: [Float]
  /// ᾱ of the step before each one. Before the first one it is ᾱ of trained step 0, and not 1.
  package let alphaBarPrevious: [Float]

  /// - Parameters:
  ///   - count: the wanted number of steps, at least 1.
  ///   - trained: ᾱ of all trained steps.
  /// - Throws: `SolverSettingsError.unreachableStep` if the last step would be one after the last
  ///   trained step. The reference fails with an index error.
  package init(count: Int, of trained: [Float]) throws(SolverSettingsError) {
    guard let timesteps = Self.timesteps(count: count, of: trained.count) else {
      throw .unreachableStep(
        count: count, trained: trained.count, possible: Self.possible(near: count, trained.count))
    }
    self.timesteps = timesteps
    alphaBar = timesteps.map { trained[$0] }
    alphaBarPrevious = [trained[0]] + alphaBar.dropLast()
  }

  /// Returns `nil` if a step is not a trained one.
  private static func timesteps(count: Int, of trainedSteps: Int) -> [Int]? {
    guard (1...trainedSteps).contains(count) else { return nil }
    let steps = stride(from: 1, through: trainedSteps, by: trainedSteps / count)
    return steps.contains(trainedSteps) ? nil : Array(steps)
  }

  /// Returns the largest possible count below `count`, or the smallest above it.
  private static func possible(near count: Int, _ trainedSteps: Int) -> Int {
    let isPossible = { timesteps(count: $0, of: trainedSteps) != nil }
    let below = stride(from: min(count, trainedSteps), through: 1, by: -1)
    return below.first(where: { $0 > 1 && isPossible($0) })
      ?? (count...trainedSteps).first(where: isPossible) ?? 1
  }
}
