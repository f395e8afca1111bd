import Checkpoint
import Diffusion
import Wording

/// The process that a `scheduler_config.json` of the diffusers library describes.
///
/// Settings that only affect sampling, such as the number of steps, are ignored.
struct DiffusersProcess {
  let configuration: DiffusionConfiguration
  /// Notes on settings that this program does not take over.
  let notes: [String]

  private static let latentSchedule = "scaled_linear"

  /// - Parameters:
  ///   - learnsSigma: whether the network returns a variance.
  ///   - hasLatents: whether the network generates latents.
  /// - Throws: `ConfigurationError` that lists the settings that this program cannot follow.
  init(_ file: SettingsFile, learnsSigma: Bool, hasLatents: Bool = false) throws {
    try Self.requireBetas(file)
    var reader = SettingsReader(file)
    let steps = reader.integer("num_train_timesteps", in: NetworkLimits.diffusionSteps) ?? 1000
    let name = reader.text(
      "beta_schedule",
      among: ["linear", "squaredcos_cap_v2"] + (hasLatents ? [Self.latentSchedule] : []))
    let schedule = name == "squaredcos_cap_v2" ? NoiseSchedule.cosine : .linear
    let latent = name == Self.latentSchedule ? Self.latentProcess(&reader, steps) : nil
    if latent == nil, schedule == .linear, reader.problems.isEmpty {
      Self.requireLinear(&reader, "beta_start", is: 0.1 / Double(steps), steps)
      Self.requireLinear(&reader, "beta_end", is: 20 / Double(steps), steps)
    }
    reader.require("trained_betas", .null)
    reader.require("rescale_betas_zero_snr", .flag(false))
    reader.require("predict_epsilon", .flag(true))
    let prediction = reader.text("prediction_type", among: ["epsilon", "sample"])
    let variance = Self.variance(&reader, learnsSigma: learnsSigma)
    try reader.finish("describes a process that this version does not run")
    let predictsXStart = prediction == "sample"
    configuration =
      latent.map { .init($0, steps: steps, predictsXStart: predictsXStart) }
      ?? DiffusionConfiguration(
        schedule: schedule, steps: steps, learnsSigma: learnsSigma, predictsXStart: predictsXStart,
        usesSmallSigma: !learnsSigma && variance?.hasPrefix("fixed_large") != true)
    notes = hasLatents ? Self.notesOnLatents(file) : Self.notes(file)
  }

  /// The process of latent-diffusion, whose √β are equally far apart.
  private static func latentProcess(_ reader: inout SettingsReader, _ steps: Int) -> LatentProcess {
    // The defaults of diffusers' schedulers.
    let process = LatentProcess(
      betaStart: reader.number("beta_start") ?? 0.0001, betaEnd: reader.number("beta_end") ?? 0.02)
    if !process.isValid(steps: steps) {
      reader.report("beta_start and beta_end must lead from almost no noise to almost only noise")
    }
    return process
  }

  private static func requireBetas(_ file: SettingsFile) throws {
    guard file["beta_schedule"] == nil else { return }
    let name = file.className.map { " (\($0.printable))" } ?? ""
    throw ConfigurationError(
      .checkpoint,
      "\(file.name)\(name) has no beta_schedule: this version runs networks that were trained with"
        + " the discrete noise schedules of DDPM; use the diffusers library")
  }

  /// Requires the value that guided-diffusion's linear schedule of this many steps has.
  private static func requireLinear(
    _ reader: inout SettingsReader, _ key: String, is expected: Double, _ steps: Int
  ) {
    guard let value = reader.number(key) else {
      // diffusers' default is that of 1000 steps.
      if steps != 1000 { reader.report("\(key) is missing") }
      return
    }
    guard abs(value - expected) > 1e-6 * expected else { return }
    reader.report(
      key, .number(value),
      "only \(expected) is supported with a linear schedule of \(steps) steps")
  }

  /// Returns the kind of variance, which must be one that the network has.
  private static func variance(_ reader: inout SettingsReader, learnsSigma: Bool) -> String? {
    let fixed = ["fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log"]
    return reader.text("variance_type", among: learnsSigma ? ["learned_range"] : fixed)
  }

  /// Latents have no range.
  private static func notesOnLatents(_ file: SettingsFile) -> [String] {
    guard file["clip_sample"] == .flag(true) else { return [] }
    return [
      "note: \(file.name) sets clip_sample to true, but latents are not clamped"
    ]
  }

  private static func notes(_ file: SettingsFile) -> [String] {
    guard file["clip_sample"] == .flag(false) else { return [] }
    return [
      "note: \(file.name) sets clip_sample to false; sample without clip_denoised if x₀ should not"
        + " be clamped"
    ]
  }
}
