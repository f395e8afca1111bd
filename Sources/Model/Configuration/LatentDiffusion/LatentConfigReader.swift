import Diffusion
import Wording

/// Reads the arguments of `LatentDiffusion` (ldm/models/diffusion/ddpm.py), and those of the networks in
/// it, with the defaults that they have there.
struct LatentConfigReader {
  private let target: String?
  private var parameters: YAMLReader
  private var problems: [String] = []

  init(model: YAMLReader) {
    var model = model
    target = model.text("target")
    parameters = model.settings("params") ?? YAMLReader([:], path: "model.params")
  }

  // MARK: - Other models

  /// Refuses other kinds of models by name.
  mutating func refuseOtherFamilies(_ file: String) throws {
    let name = target?.split(separator: ".").last.map(String.init) ?? "nothing"
    guard name == "LatentDiffusion" else {
      let kind = Self.classes[name].map { ", \($0)" } ?? ""
      throw Self.error(file, "it describes a \(name.printable)\(kind)")
    }
    let key = parameters.text("cond_stage_key")
    if conditioning == .firstStage {
      throw Self.error(file, Self.families[key ?? ""] ?? "it describes a model controlled by images")
    }
    if case .other(let name) = conditioning {
      throw Self.error(
        file,
        Self.families[key ?? ""] ?? Self.encoders[name]
          ?? "the class \(name.printable) makes its context")
    }
  }

  private static let classes = [
    "VQModel": "a first stage: give the configuration of the diffusion model",
    "VQModelInterface": "a first stage: give the configuration of the diffusion model",
    "AutoencoderKL": "a first stage: give the configuration of the diffusion model",
    "DDPM": "a model of pixels", "LatentInpaintDiffusion": "which fills in parts of images",
    "LatentUpscaleDiffusion": "which enlarges images",
    "LatentDepth2ImageDiffusion": "which follows depth maps",
    "Layout2ImgDiffusion": "which follows layouts",
  ]

  /// Models by the key of the data that control them.
  private static let families = [
    "caption": "it describes a model controlled by text",
    "txt": "it describes a model controlled by text",
    "masked_image": "it describes a model that fills in parts of images (inpainting)",
    "LR_image": "it describes a model that enlarges images (super-resolution)",
    "segmentation": "it describes a model that follows semantic maps",
    "objects_bbox": "it describes a model that follows layouts of objects",
    "coordinates_bbox": "it describes a model that follows layouts of objects",
  ]

  private static let encoders = [
    "BERTEmbedder": "it describes a model controlled by text",
    "FrozenCLIPEmbedder": "it describes a model controlled by text",
    "FrozenCLIPTextEmbedder": "it describes a model controlled by text",
    "FrozenOpenCLIPEmbedder": "it describes a model controlled by text",
    "FrozenT5Embedder": "it describes a model controlled by text",
    "TransformerEmbedder": "it describes a model controlled by text",
    "SpatialRescaler": "it describes a model controlled by images",
    "FrozenClipImageEmbedder": "it describes a model controlled by images",
  ]

  private static func error(_ file: String, _ reason: String) -> ConfigurationError {
    ConfigurationError(
      .checkpoint,
      "\(file.printable): \(reason); this version runs latent diffusion models that are unconditional"
        + " or controlled by a class")
  }

  // MARK: - The context

  private enum Conditioning: Equatable {
    case none
    case firstStage
    case classes
    case other(String)
  }

  /// What makes the context.
  private var conditioning: Conditioning {
    var parameters = parameters
    if let word = parameters.text("cond_stage_config") {
      return word == "__is_first_stage__" ? .firstStage : .none
    }
    guard var stage = parameters.settings("cond_stage_config"), let target = stage.text("target")
    else { return .none }
    let name = target.split(separator: ".").last.map(String.init) ?? target
    return name == "ClassEmbedder" ? .classes : .other(name)
  }

  /// Returns the number of classes and the width of their contexts, or `nil` for an unconditional model.
  private mutating func classes() -> (count: Int, channels: Int)? {
    let hasClasses = conditioning == .classes
    parameters.ignore("cond_stage_config", "cond_stage_key", "cond_stage_trainable")
    if !hasClasses {
      // Then this has no effect.
      parameters.ignore("conditioning_key", "concat_mode")
      return nil
    }
    let isConcatenated = parameters.flag("concat_mode") ?? true
    if parameters.has("conditioning_key") || !isConcatenated {
      parameters.require("conditioning_key", "crossattn")
    } else {
      parameters.report(
        "conditioning_key", "is missing and means concat here: only crossattn is supported")
    }
    var stage = parameters.settings("cond_stage_config")
    stage?.ignore("target")
    var embedder = stage?.settings("params") ?? YAMLReader([:], path: "cond_stage_config.params")
    defer { problems += embedder.problems }
    embedder.ignore("key")
    let channels = embedder.required("embed_dim", in: NetworkLimits.channels)
    let count = embedder.integer("n_classes", in: NetworkLimits.classes) ?? 1000
    embedder.reportOthers()
    return (count, channels)
  }

  // MARK: - The denoiser

  mutating func unet() -> UNetConfiguration {
    let classes = classes()
    let channels = parameters.integer("channels", in: NetworkLimits.channels) ?? 3
    var unet = network("unet_config", "UNetModel")
    defer { problems += unet.problems }
    let size = unet.required("image_size", in: NetworkLimits.imageSize)
    if let latentSize = parameters.integer("image_size", in: NetworkLimits.imageSize),
      latentSize != size
    {
      unet.report("image_size", "is \(size), but that of the latents is \(latentSize)")
    }
    for key in ["in_channels", "out_channels"] {
      let count = unet.required(key, in: NetworkLimits.channels)
      if count != channels {
        unet.report(key, "is \(count), but latents have \(channels) channels")
      }
    }
    unet.refuse("num_classes", "classes in the embedding (adm) are not supported")
    unet.refuse("n_embed", "networks that predict codes are not supported")
    unet.require("dims", "2")
    unet.ignore("dropout", "use_checkpoint", "use_fp16", "legacy")
    let multipliers = unet.has("channel_mult")
      ? unet.integers("channel_mult", in: 1...64) : [1, 2, 4, 8]
    let (heads, headsUp) = Self.heads(&unet)
    let configuration = UNetConfiguration(
      imageSize: size, inChannels: channels,
      modelChannels: unet.required("model_channels", in: NetworkLimits.channels),
      residualBlocks: unet.required("num_res_blocks", in: NetworkLimits.residualBlocks),
      channelMultipliers: multipliers.map(Double.init),
      attentionDownsamplings: Self.levels(
        unet.integers("attention_resolutions", in: 1...4096), multipliers.count),
      heads: heads, headsUp: headsUp,
      attentionOrder: unet.flag("use_new_attention_order") == true ? .new : .legacy,
      usesScaleShiftNorm: unet.flag("use_scale_shift_norm") ?? false,
      resamplesInResidualBlocks: unet.flag("resblock_updown") ?? false,
      convolvesWhenResampling: unet.flag("conv_resample") ?? true, classCount: classes?.count,
      learnsSigma: false, latentChannels: channels,
      spatialTransformer: Self.transformer(&unet, classes: classes))
    unet.reportOthers()
    return configuration
  }

  private static func heads(
    _ unet: inout YAMLReader
  ) -> (AttentionHeads, up: AttentionHeads?) {
    func positive(_ key: String) -> Int? {
      unet.integer(key, in: -1...65_536).flatMap { $0 == -1 ? nil : $0 }
    }
    let (count, each, up) = (
      positive("num_heads"), positive("num_head_channels"), positive("num_heads_upsample")
    )
    if let each { return (.channelsEach(each), nil) }
    if count == nil {
      unet.report("num_heads", "is missing, and so is num_head_channels")
    }
    let usual = count ?? 1
    return (.count(usual), up == usual ? nil : up.map(AttentionHeads.count))
  }

  private static func transformer(
    _ unet: inout YAMLReader, classes: (count: Int, channels: Int)?
  ) -> SpatialTransformerConfiguration? {
    let isTransformer = unet.flag("use_spatial_transformer") ?? false
    let depth = unet.integer("transformer_depth", in: NetworkLimits.residualBlocks) ?? 1
    let channels = unet.integer("context_dim", in: NetworkLimits.channels)
    switch (isTransformer, classes) {
    case (false, nil): return nil
    case (false, _?):
      unet.report(
        "use_spatial_transformer", "is missing, so the network does not use the class")
      return nil
    case (true, nil):
      unet.report(
        "use_spatial_transformer", "is true without classes, which is not supported")
      return nil
    case (true, let classes?):
      if channels != classes.channels {
        unet.report(
          "context_dim",
          "is \(channels.map(String.init) ?? "missing"), but a class has \(classes.channels)")
      }
      return SpatialTransformerConfiguration(contextChannels: classes.channels, depth: depth)
    }
  }

  /// Returns the factors that a level has, in ascending order. Others have no effect.
  private static func levels(_ factors: [Int], _ count: Int) -> [Int] {
    (0..<count).map(downsampling(ofLevel:)).filter(factors.contains)
  }

  // MARK: - The process

  /// The schedules of `make_beta_schedule`.
  private static let schedules = ["linear", "cosine", "sqrt_linear", "sqrt"]

  mutating func process() -> (steps: Int, process: LatentProcess?, predictsXStart: Bool) {
    let steps = parameters.integer("timesteps", in: NetworkLimits.diffusionSteps) ?? 1000
    let schedule = parameters.text("beta_schedule") ?? "linear"
    if !Self.schedules.contains(schedule) {
      parameters.report("beta_schedule", "is \(schedule.printable), which does not exist")
    }
    let start = parameters.number("linear_start") ?? 1e-4
    let end = parameters.number("linear_end") ?? 2e-2
    let isGiven = parameters.has("given_betas")
    parameters.ignore("cosine_s")
    parameters.require("parameterization", "eps", "x0")
    let predictsXStart = parameters.text("parameterization") == "x0"
    let process = LatentProcess(betaStart: start, betaEnd: end)
    let isLinear = schedule == "linear" && !isGiven
    if isLinear && !process.isValid(steps: max(steps, 2)) {
      parameters.report("linear_end", "gives a schedule that cannot be")
    }
    return (steps, isLinear ? process : nil, predictsXStart)
  }

  mutating func weights() -> (usesAverages: Bool, scaleFactor: Double?) {
    let usesAverages = parameters.flag("use_ema") ?? true
    let factor = parameters.number("scale_factor") ?? 1
    let isMeasured = parameters.flag("scale_by_std") ?? false
    return (usesAverages, isMeasured ? nil : factor)
  }

  // MARK: - The first stage

  mutating func firstStage(latentSize: Int) -> AutoencoderConfiguration {
    var stage = network("first_stage_config", "VQModelInterface", "AutoencoderKL", "VQModel")
    let name = target(of: "first_stage_config") ?? ""
    stage.ignore(
      "lossconfig", "monitor", "ckpt_path", "ignore_keys", "image_key", "colorize_nlabels",
      "batch_resize_range", "scheduler_config", "lr_g_factor", "use_ema", "sane_index_shape")
    stage.refuse("remap", "a codebook of which only a part is used is not supported")
    let latentChannels = stage.required("embed_dim", in: NetworkLimits.channels)
    let codes = stage.integer("n_embed", in: NetworkLimits.codes)
    if codes == nil && name != "AutoencoderKL" { stage.report("n_embed", "is missing") }
    var networks =
      stage.settings("ddconfig") ?? YAMLReader([:], path: "first_stage_config.params.ddconfig")
    defer { problems += stage.problems + networks.problems }
    networks.ignore("dropout", "double_z")
    for key in ["in_channels", "out_ch"] { networks.require(key, "3") }
    networks.refuse("give_pre_end", "it is not supported")
    networks.refuse("tanh_out", "it is not supported")
    networks.refuse("use_linear_attn", "linear attention is not supported")
    networks.refuse("use_timestep", "it is not supported")
    networks.require("resamp_with_conv", "true")
    networks.require("attn_type", "vanilla", "none")
    let attends = networks.text("attn_type") != "none"
    let width = networks.required("ch", in: NetworkLimits.channels)
    let multipliers = networks.integers("ch_mult", in: 1...64)
    let resolution = networks.required("resolution", in: NetworkLimits.imageSize)
    let attention = networks.integers("attn_resolutions", in: NetworkLimits.imageSize)
    let configuration = AutoencoderConfiguration(
      kind: name == "AutoencoderKL"
        ? .kl : .vq(codes: codes ?? 1, quantises: name == "VQModelInterface"),
      imageSize: latentSize * downsampling(ofLevel: min(multipliers.count - 1, 12)),
      latentChannels: latentChannels,
      innerChannels: networks.required("z_channels", in: NetworkLimits.channels),
      stemChannels: width, widths: multipliers.map { $0 * width },
      residualBlocks: networks.required("num_res_blocks", in: NetworkLimits.residualBlocks),
      attentionDownsamplings: attends
        ? attentionDownsamplings(
          resolutions: attention, imageSize: resolution, levels: multipliers.count) : [],
      attendsInMiddle: attends)
    networks.reportOthers()
    stage.reportOthers()
    return configuration
  }

  /// Returns the arguments of a network, whose class must be one of the named ones.
  private mutating func network(_ key: String, _ classes: String...) -> YAMLReader {
    let path = "\(parameters.path).\(key)"
    guard var network = parameters.settings(key) else {
      if !parameters.has(key) { parameters.report(key, "is missing") }
      return YAMLReader([:], path: path)
    }
    let name = target(of: key) ?? "nothing"
    if !classes.contains(name) {
      network.report("target", "is \(name.printable): \(classes.joined(separator: ", ")) can run")
    }
    let parameters = network.settings("params")
    problems += network.problems
    return parameters ?? YAMLReader([:], path: "\(path).params")
  }

  /// Returns the name of a class without its module.
  private func target(of key: String) -> String? {
    var parameters = parameters
    var network = parameters.settings(key)
    return network?.text("target")?.split(separator: ".").last.map(String.init)
  }

  // MARK: - The end

  /// - Throws: `ConfigurationError` with all problems, if there are any.
  mutating func finish(_ file: String) throws {
    parameters.ignore(
      "base_learning_rate", "num_timesteps_cond", "log_every_t", "first_stage_key", "monitor",
      "loss_type", "scheduler_config", "ckpt_path", "ignore_keys", "load_only_unet",
      "clip_denoised", "original_elbo_weight", "v_posterior", "l_simple_weight",
      "use_positional_encodings", "learn_logvar", "logvar_init", "cond_stage_forward")
    parameters.refuse("split_input_params", "images in parts are not supported")
    parameters.reportOthers()
    let problems = parameters.problems + problems
    guard problems.isEmpty else {
      throw ConfigurationError(
        .checkpoint, "\(file.printable) describes a model that this version cannot run",
        details: problems)
    }
  }
}
