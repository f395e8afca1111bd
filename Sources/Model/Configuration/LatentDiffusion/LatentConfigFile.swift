import Checkpoint
import Diffusion
import Wording

/// The configuration of a model of CompVis' latent-diffusion, as its authors publish it beside the
/// checkpoint: a YAML file that names Python classes and their arguments.
///
/// Settings that have no effect on images are ignored. All others must be known.
package struct LatentConfigFile: Sendable, Equatable {
  /// The name of the file in messages.
  package let name: String
  /// The denoiser.
  package let unet: UNetConfiguration
  /// The number of trained steps.
  package let steps: Int
  /// The noise schedule, or `nil` if it is one that this version can only take from a checkpoint.
  package let process: LatentProcess?
  /// Whether the network predicts x₀ instead of ε.
  package let predictsXStart: Bool
  /// Whether the authors sample from averaged weights, if there are any.
  package let usesAverages: Bool
  /// The factor of the latents, or `nil` if it was measured and is in the checkpoint.
  package let scaleFactor: Double?
  package let firstStage: AutoencoderConfiguration

  /// - Throws: `CheckpointError` if the file cannot be read, and `ConfigurationError` if it is not such
  ///   a file, or describes a model that this program cannot run.
  package init(_ path: String) throws {
    let settings = try YAMLFile(path).settings
    guard let model = settings.group("model") else {
      throw ConfigurationError(
        .checkpoint,
        "\(settings.name) is no configuration of latent-diffusion: there are no settings under model"
      )
    }
    name = settings.name
    try LatentConfigFamily(model).refuseOthers(in: name)
    let parameters = model.group("params") ?? YAMLSettings(none: "\(model.name).params")
    let context = try LatentConfigContext(parameters)
    let reader = try LatentConfigReader(parameters)
    (steps, process, predictsXStart) = (reader.steps, reader.process, reader.predictsXStart)
    (usesAverages, scaleFactor) = (reader.usesAverages, reader.scaleFactor)
    var network = LatentConfigUNet(try reader.network("unet_config", of: "UNetModel"))
    unet = try network.configuration(
      channels: reader.channels, size: reader.imageSize, context)
    try unet.validate(naming: .latentDiffusion, kind: .checkpoint)
    firstStage = try reader.firstStage(latentSize: unet.imageSize)
  }
}

extension FlagNames {
  /// The arguments of latent-diffusion's UNetModel.
  fileprivate static let latentDiffusion = FlagNames(
    imageSize: "image_size", channels: "model_channels", residualBlocks: "num_res_blocks",
    channelMultipliers: "channel_mult", attentionResolutions: "attention_resolutions",
    heads: "num_heads", headChannels: "num_head_channels",
    attentionOrder: "use_new_attention_order", classCount: "n_classes",
    scaleShiftNorm: "use_scale_shift_norm", resblockUpdown: "resblock_updown",
    convResample: "conv_resample")
}
