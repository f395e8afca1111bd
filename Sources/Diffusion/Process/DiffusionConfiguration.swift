/// What a checkpoint was trained to predict and on which noise schedule: the reference's
/// `create_gaussian_diffusion` arguments (script_util.py).
package struct DiffusionConfiguration: Sendable, Equatable, Codable {
  package var schedule: NoiseSchedule
  /// Number of steps the network was trained with.
  package var steps = 1000
  /// The network returns ε and v, twice the channels of the image, rather than ε alone.
  package var learnsSigma: Bool
  /// The network predicts x₀ rather than ε.
  package var predictsXStart = false
  /// Timesteps are multiplied by 1000 / steps before the network sees them.
  package var rescalesTimesteps = false
  /// Fixed variance is β̃ ("small") rather than β ("large"); meaningless with `learnsSigma`.
  package var usesSmallSigma = false

  package init(
    schedule: NoiseSchedule, steps: Int = 1000, learnsSigma: Bool, predictsXStart: Bool = false,
    rescalesTimesteps: Bool = false, usesSmallSigma: Bool = false
  ) {
    self.schedule = schedule
    self.steps = steps
    self.learnsSigma = learnsSigma
    self.predictsXStart = predictsXStart
    self.rescalesTimesteps = rescalesTimesteps
    self.usesSmallSigma = usesSmallSigma
  }
}

/// The named schedules of the reference (gaussian_diffusion.py, `get_named_beta_schedule`).
package enum NoiseSchedule: String, Sendable, Codable, CaseIterable {
  case linear
  case cosine
}
