import Diffusion

/// The flags of openai/consistency_models, whose networks were trained on continuous noise levels.
extension ModelFlags {
  /// `--training_mode` of the scripts, which decides how the output of a network is used.
  package enum TrainingMode: String, Sendable, CaseIterable {
    case edm
    case distillation = "consistency_distillation"
    case training = "consistency_training"

    /// The mode of a training, which does not tell how a consistency model was trained.
    init(_ training: Preconditioning) {
      self = training.isConsistencyModel ? .distillation : .edm
    }

    var isConsistencyModel: Bool { self != .edm }

    /// Whether a network of this process was not trained in this mode.
    func excludes(_ process: DiffusionConfiguration) -> Bool {
      process.preconditioning.map { $0.isConsistencyModel != isConsistencyModel } ?? false
    }

    /// The flag with its values, for messages.
    static let choices =
      "--training_mode (edm, or consistency_distillation or consistency_training for a consistency"
      + " model)"
  }

  /// Returns the training of a network of consistency_models.
  func preconditioning(
    of unet: UNetConfiguration, completedBy preset: Preconditioning?
  ) throws -> Preconditioning {
    try refuseScheduleFlags()
    guard !unet.learnsSigma, !unet.enlargesImages else {
      throw ConfigurationError(
        .checkpoint,
        "the convolutions of attention have two dimensions, as in consistency_models, but the network"
          + " predicts variances or enlarges images, which no network of consistency_models does")
    }
    guard let isConsistencyModel = trainingMode?.isConsistencyModel ?? preset?.isConsistencyModel
    else {
      throw ConfigurationError.flags(
        .model, "the file is a network of consistency_models: add \(TrainingMode.choices)")
    }
    let preconditioning = Preconditioning(
      isConsistencyModel: isConsistencyModel, sigmaMin: sigmaMin ?? preset?.sigmaMin ?? 0.002,
      sigmaMax: sigmaMax ?? preset?.sigmaMax ?? 80)
    guard preconditioning.isValid else {
      throw ConfigurationError.flags(.model, "--sigma_min must be less than --sigma_max")
    }
    return preconditioning
  }

  /// Refuses flags of processes of steps.
  private func refuseScheduleFlags() throws {
    let flags: [(isGiven: Bool, name: String)] = [
      (schedule != nil, "noise_schedule"), (diffusionSteps != nil, "diffusion_steps"),
      (predictsXStart != nil, "predict_xstart"), (rescalesTimesteps != nil, "rescale_timesteps"),
      (usesSmallSigma != nil, "sigma_small"),
    ]
    guard let flag = flags.first(where: \.isGiven)?.name else { return }
    throw ConfigurationError.flags(
      .model,
      "--\(flag) has no meaning for a network of consistency_models, which was trained on continuous"
        + " noise levels: leave it out")
  }

  /// Refuses flags of consistency_models for a network of guided-diffusion.
  func refuseConsistencyFlags() throws {
    let flags: [(isGiven: Bool, name: String)] = [
      (trainingMode != nil, "training_mode"), (sigmaMin != nil, "sigma_min"),
      (sigmaMax != nil, "sigma_max"),
    ]
    guard let flag = flags.first(where: \.isGiven)?.name else { return }
    throw ConfigurationError.flags(
      .model,
      "--\(flag) is a flag of consistency_models, and this is a network of guided-diffusion: leave it"
        + " out")
  }
}
