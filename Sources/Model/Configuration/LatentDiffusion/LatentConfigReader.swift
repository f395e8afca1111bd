import Checkpoint
import Diffusion
import Wording

/// The arguments of `LatentDiffusion` and `DDPM` (ldm/models/diffusion/ddpm.py), with the defaults that
/// they have there.
struct LatentConfigReader {
  /// The channels and the size of a latent.
  let channels: Int
  let imageSize: Int?
  let steps: Int
  /// The noise schedule, or `nil` if it is none whose √β are equally far apart.
  let process: LatentProcess?
  let predictsXStart: Bool
  let usesAverages: Bool
  /// The factor of the latents, or `nil` if it was measured.
  let scaleFactor: Double?
  private let settings: YAMLSettings

  private static let known: Set = [
    "channels", "image_size", "timesteps", "beta_schedule", "linear_start", "linear_end",
    "cosine_s", "given_betas", "parameterization", "use_ema", "scale_factor", "scale_by_std",
    "unet_config", "first_stage_config", "cond_stage_config", "conditioning_key", "concat_mode",
    "v_posterior", "split_input_params",
    // Without an effect on images.
    "base_learning_rate", "num_timesteps_cond", "log_every_t", "first_stage_key", "cond_stage_key",
    "cond_stage_trainable", "cond_stage_forward", "monitor", "loss_type", "scheduler_config",
    "ckpt_path", "ignore_keys", "load_only_unet", "clip_denoised", "original_elbo_weight",
    "l_simple_weight", "use_positional_encodings", "learn_logvar", "logvar_init",
  ]

  /// - Throws: `ConfigurationError` that lists the settings that this program cannot follow.
  init(_ settings: YAMLSettings) throws {
    self.settings = settings
    var reader = SettingsReader(settings)
    channels = reader.integer("channels", in: NetworkLimits.channels) ?? 3
    imageSize = reader.integer("image_size", in: NetworkLimits.imageSize)
    steps = reader.integer("timesteps", in: 2...NetworkLimits.diffusionSteps.upperBound) ?? 1000
    process = Self.process(&reader, settings, steps: steps)
    predictsXStart = reader.text("parameterization", among: ["eps", "x0"]) == "x0"
    usesAverages = reader.flag("use_ema") ?? true
    let factor = reader.number("scale_factor") ?? 1
    if !(factor.isFinite && Float(factor) > 0) {
      reader.report("scale_factor is \(factor): it must be positive")
    }
    scaleFactor = reader.flag("scale_by_std") == true ? nil : factor
    reader.require("v_posterior", .number(0))
    reader.require("split_input_params", .null)
    reader.reportUnknown(settings, besides: Self.known)
    try reader.finish("describes a model that this version does not run")
  }

  private static func process(
    _ reader: inout SettingsReader, _ settings: YAMLSettings, steps: Int
  ) -> LatentProcess? {
    let schedules = ["linear", "cosine", "sqrt_linear", "sqrt"]
    let schedule = reader.text("beta_schedule", among: schedules) ?? "linear"
    let process = LatentProcess(
      betaStart: reader.number("linear_start") ?? 1e-4,
      betaEnd: reader.number("linear_end") ?? 2e-2)
    let isGiven = settings["given_betas"].map { $0 != .null } ?? false
    guard schedule == "linear", !isGiven else { return nil }
    if !(process.betaStart > 0 && process.betaEnd > 0 && process.isValid(steps: steps)) {
      reader.report("linear_start and linear_end give a schedule that cannot be")
    }
    return process
  }

  /// Returns the arguments of the network under a key.
  ///
  /// - Parameter className: the class that it must be.
  /// - Throws: `ConfigurationError` if it is missing, or another network.
  func network(_ key: String, of className: String) throws -> YAMLSettings {
    guard let network = settings.group(key) else {
      throw ConfigurationError(.checkpoint, "\(settings.name): \(key) is missing")
    }
    guard network.className == className else {
      throw ConfigurationError(
        .checkpoint,
        "\(network.name): target is \((network.text("target") ?? "missing").printable); this version"
          + " runs a \(className)")
    }
    return network.group("params") ?? YAMLSettings(none: "\(network.name).params")
  }

  /// Returns the autoencoder, for latents of the given size.
  ///
  /// - Throws: `ConfigurationError` if it is missing, or one that this program cannot run.
  func firstStage(latentSize: Int) throws -> AutoencoderConfiguration {
    guard let stage = settings.group("first_stage_config"), let target = stage.text("target") else {
      throw ConfigurationError(.checkpoint, "\(settings.name): first_stage_config is missing")
    }
    let parameters = stage.group("params") ?? YAMLSettings(none: "\(stage.name).params")
    let networks =
      parameters.group("ddconfig") ?? YAMLSettings(none: "\(parameters.name).ddconfig")
    let configuration = try AutoencoderConfiguration(
      target: target, parameters: parameters, network: networks)
    guard configuration.latentChannels == channels else {
      throw ConfigurationError(
        .checkpoint,
        "\(parameters.name): embed_dim is \(configuration.latentChannels), but latents have"
          + " \(channels) channels")
    }
    return configuration.forLatents(height: latentSize, width: latentSize)
  }
}
