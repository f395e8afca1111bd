import Diffusion

extension ModelPreset {
  /// The MODEL_FLAGS of the scripts that build this model, such as `--image_size 64 --num_channels 192`, in
  /// the order of guided-diffusion's README.md. Flags with the scripts' default values are left out
  /// where that file leaves them out.
  package var flags: String {
    let resolutions = unet.attentionDownsamplings.map { String(unet.imageSize / $0) }
    let flags: [(key: String, value: String?)] = [
      ("attention_resolutions", resolutions.joined(separator: ",")),
      ("channel_mult", channelMultipliers),
      ("class_cond", flagText(unet.classCount != nil)),
      ("diffusion_steps", steps.map { "\($0.steps)" }),
      ("image_size", smallSize == nil ? "\(unet.imageSize)" : nil),
      ("large_size", smallSize.map { _ in "\(unet.imageSize)" }),
      ("small_size", smallSize.map { "\($0)" }),
      ("learn_sigma", steps.map { flagText($0.learnsSigma) }),
      ("noise_schedule", steps?.schedule.rawValue),
      ("num_channels", "\(unet.modelChannels)"),
      (heads.key, heads.value),
      ("num_res_blocks", "\(unet.residualBlocks)"),
      ("rescale_timesteps", steps.flatMap { $0.rescalesTimesteps ? "True" : nil }),
      ("resblock_updown", flagText(unet.resamplesInResidualBlocks)),
      ("training_mode", diffusion.preconditioning.map { ModelFlags.TrainingMode($0).rawValue }),
      ("use_new_attention_order", steps != nil && unet.attentionOrder == .new ? "True" : nil),
      ("use_scale_shift_norm", flagText(unet.usesScaleShiftNorm)),
    ]
    return flags.compactMap { key, value in value.map { "--\(key) \($0)" } }
      .joined(separator: " ")
  }

  /// The process of steps, if there is one.
  private var steps: DiffusionConfiguration? {
    diffusion.preconditioning == nil ? diffusion : nil
  }

  private var heads: (key: String, value: String) {
    switch unet.heads {
    case .count(let count): ("num_heads", "\(count)")
    case .channelsEach(let width): ("num_head_channels", "\(width)")
    }
  }

  /// The multiples of the levels, if the image size does not have them by default.
  private var channelMultipliers: String? {
    let usual = ReleasedMultipliers(ofUpsampler: unet.enlargesImages).bySize[unet.imageSize]
    return unet.channelMultipliers == usual ? nil : multiplierText(unet.channelMultipliers)
  }
}

extension ClassifierPreset {
  /// CLASSIFIER_FLAGS of the scripts that build this classifier.
  package var flags: String {
    "--image_size \(configuration.imageSize) --classifier_depth \(configuration.residualBlocks)"
  }
}
