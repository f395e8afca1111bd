/// The prediction and the noise schedule that a checkpoint was trained for: the arguments of the
/// reference's `create_gaussian_diffusion` (script_util.py).
package struct DiffusionConfiguration: Sendable, Equatable, Codable {
  package var schedule: NoiseSchedule
  /// The number of steps that the network was trained with.
  package var steps = 1000
  /// Whether the network returns ε and v, with twice the channels of the image, instead of ε alone.
  package var learnsSigma: Bool
  /// Whether the network predicts x₀ instead of ε.
  package var predictsXStart = false
  /// Whether timesteps are multiplied by 1000 / steps before they are passed to the network.
  package var rescalesTimesteps = false
  /// Whether the fixed variance is β̃ ("small") instead of β ("large"). Has no meaning with
  /// `learnsSigma`.
  package var usesSmallSigma = false
  /// The training on continuous noise levels, or `nil` for the steps of a schedule. With it, the
  /// other settings have no meaning, except that `predictsXStart` is true.
  package var preconditioning: Preconditioning?
  /// The process of a latent diffusion model, which replaces `schedule`, or `nil` for other models.
  package var latent: LatentProcess?
  /// The training as a flow, or `nil` for the steps of a schedule. With it, the other settings have no
  /// meaning, except that `predictsXStart` is true.
  package var flow: FlowProcess?

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

  /// The process of a network that was trained on continuous noise levels.
  package init(_ preconditioning: Preconditioning) {
    self.init(schedule: .linear, learnsSigma: false, predictsXStart: true)
    self.preconditioning = preconditioning
  }

  /// The process of a latent diffusion model, whose fixed variance is β̃.
  package init(_ latent: LatentProcess, steps: Int = 1000, predictsXStart: Bool = false) {
    self.init(
      schedule: .linear, steps: steps, learnsSigma: false, predictsXStart: predictsXStart,
      usesSmallSigma: true)
    self.latent = latent
  }
  /// The process of a network that was trained as a flow.
  package init(_ flow: FlowProcess) {
    self.init(schedule: .linear, learnsSigma: false, predictsXStart: true)
    self.flow = flow
  }

  /// The training with factors of the network's input and output, if there are any.
  var preconditioned: (any Preconditioned)? { flow ?? preconditioning }
}

/// The named schedules of the reference (gaussian_diffusion.py, `get_named_beta_schedule`).
package enum NoiseSchedule: String, Sendable, Codable, CaseIterable {
  case linear
  case cosine
}
