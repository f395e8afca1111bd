import Diffusion
import Wording

/// The configuration of a model of CompVis' latent-diffusion, as its authors publish it beside the
/// checkpoint: a YAML file that names Python classes and their arguments.
///
/// Settings that have no effect on images are ignored. All others must be known.
package struct LatentConfigFile: Sendable, Equatable {
  /// The name of the file in messages.
  package let name: String
  /// The denoiser. Its null class is not known.
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
    let file = try YAMLFile(path)
    var root = YAMLReader(file.root, path: "")
    name = file.name
    guard var model = root.settings("model").map(LatentConfigReader.init(model:)) else {
      throw ConfigurationError(
        .checkpoint,
        "\(file.name.printable) is no configuration of latent-diffusion: it has no settings under"
          + " model")
    }
    try model.refuseOtherFamilies(file.name)
    unet = model.unet()
    (steps, process, predictsXStart) = model.process()
    (usesAverages, scaleFactor) = model.weights()
    firstStage = model.firstStage(latentSize: unet.imageSize)
    try model.finish(file.name)
    try unet.validate(naming: .latentDiffusion, kind: .checkpoint)
    try firstStage.validate()
  }
}

extension FlagNames {
  /// The arguments of latent-diffusion's UNetModel.
  static let latentDiffusion = FlagNames(
    imageSize: "image_size", channels: "model_channels", residualBlocks: "num_res_blocks",
    channelMultipliers: "channel_mult", attentionResolutions: "attention_resolutions",
    heads: "num_heads", headChannels: "num_head_channels",
    attentionOrder: "use_new_attention_order", classCount: "n_classes",
    scaleShiftNorm: "use_scale_shift_norm", resblockUpdown: "resblock_updown",
    convResample: "conv_resample")
}
