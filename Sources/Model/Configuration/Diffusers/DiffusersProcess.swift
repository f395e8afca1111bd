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

  /// - Parameter learnsSigma: whether the network returns a variance.
  /// - Throws: `ConfigurationError` that lists the settings that this program cannot follow.
  init(_ file: SettingsFile, learnsSigma: Bool) throws {
    try Self.requireBetas(file)
    var reader = SettingsReader(file)
    let steps = reader.integer("num_train_timesteps", in: NetworkLimits.diffusionSteps) ?? 1000
    let schedule =
      reader.text("beta_schedule", among: ["linear", "squaredcos_cap_v2"]) == "squaredcos_cap_v2"
      ? NoiseSchedule.cosine : .linear
    if schedule == .linear, reader.problems.isEmpty {
      Self.requireLinear(&reader, "beta_start", is: 0.1 / Double(steps), steps)
      Self.requireLinear(&reader, "beta_end", is: 20 / Double(steps), steps)
    }
    reader.require("trained_betas", .null)
    reader.require("rescale_betas_zero_snr", .flag(false))
    reader.require("predict_epsilon", .flag(true))
    let prediction = reader.text("prediction_type", among: ["epsilon", "sample"])
    let variance = Self.variance(&reader, learnsSigma: learnsSigma)
    try reader.finish("describes a process that this version does not run")
    configuration = DiffusionConfiguration(
      schedule: schedule, steps: steps, learnsSigma: learnsSigma,
      predictsXStart: prediction == "sample",
      usesSmallSigma: !learnsSigma && variance?.hasPrefix("fixed_large") != true)
    notes = Self.notes(file)
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

  private static func notes(_ file: SettingsFile) -> [String] {
    guard file["clip_sample"] == .flag(false) else { return [] }
    return [
      "note: \(file.name) sets clip_sample to false; sample without clip_denoised if x₀ should not"
        + " be clamped"
    ]
  }
}
