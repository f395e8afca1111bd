import Diffusion

/// The projects that train DiT's network, each in its own way. Nothing in a file shows which it is,
/// except for parts that only the training uses.
package enum TransformerFamily: String, Sendable, Codable, CaseIterable {
  /// Peebles and Xie 2023, facebookresearch/DiT: ε and v on the steps of a linear schedule.
  case dit
  /// Ma et al. 2024, willisma/SiT: a flow from noise at t = 0.
  case sit
  /// Yu et al. 2025, sihyun-yu/REPA, and Leng et al. 2025, REPA-E: a flow from the image at t = 0.
  case repa
  /// Yao and Wang 2025, hustvl/LightningDiT: a flow from noise at t = 0, with layers of its own.
  case lightningDiT = "lightningdit"

  /// The name of the project.
  package var title: String {
    switch self {
    case .dit: "DiT"
    case .sit: "SiT"
    case .repa: "REPA"
    case .lightningDiT: "LightningDiT"
    }
  }

  /// Returns the process that a network was trained for.
  ///
  /// - Parameter learnsSigma: whether the network returns ε and v.
  package func process(learnsSigma: Bool) -> DiffusionConfiguration {
    switch self {
    case .dit: DiffusionConfiguration(schedule: .linear, learnsSigma: learnsSigma)
    case .sit: DiffusionConfiguration(FlowProcess(.toImage))
    case .repa: DiffusionConfiguration(FlowProcess(.toNoise))
    case .lightningDiT: DiffusionConfiguration(FlowProcess(.toImage, shift: 0.3))
    }
  }

  /// The number of channels that classifier-free guidance moves, or `nil` for all. The
  /// `forward_with_cfg` of DiT and its successors guides three.
  package var guidedChannels: Int? { self == .repa ? nil : 3 }

  /// Whether the project rounds pixels to the nearest byte, instead of truncating them.
  package var roundsPixels: Bool { self != .repa }

  /// The settings with which the authors sampled for their papers, the default first, and then those of
  /// other solvers with the same guidance.
  package var usualSampling: [SamplingDefaults] {
    switch self {
    case .dit: .dit(cfg: 1.5)
    case .sit: .sit(cfg: 1.5)
    case .repa: .repa(cfg: 1.8, noise: 0...0.7)
    case .lightningDiT: .lightningDiT(cfg: 6.7, noise: 0...0.875)
    }
  }
}

extension [SamplingDefaults] {
  static func dit(cfg: Double) -> [SamplingDefaults] {
    latent([("ddpm", "250"), ("ddim", "50")] + fast, cfg: cfg)
  }

  static func sit(cfg: Double) -> [SamplingDefaults] {
    latent([("euler-maruyama", "250"), ("euler", "50"), ("heun", "25")] + fast, cfg: cfg)
  }

  /// - Parameter noise: the shares of noise at which images are guided.
  static func repa(cfg: Double, noise: ClosedRange<Double>) -> [SamplingDefaults] {
    latent(
      [("euler-maruyama", "250"), ("euler", "50"), ("heun", "25")] + fast, cfg: cfg,
      GuidanceInterval(noise: noise))
  }

  /// LightningDiT's `num_sampling_steps` 250 are 249 steps.
  static func lightningDiT(cfg: Double, noise: ClosedRange<Double>) -> [SamplingDefaults] {
    latent(
      [("euler", "249"), ("heun", "25")] + fast, cfg: cfg, GuidanceInterval(noise: noise))
  }

  /// Solvers that no author of a transformer used.
  private static let fast = [("dpmpp-2m", "20"), ("unipc", "20")]

  private static func latent(
    _ samplers: [(name: String, steps: String)], cfg: Double, _ interval: GuidanceInterval? = nil
  ) -> [SamplingDefaults] {
    samplers.map { sampler in
      var settings = SamplingDefaults(
        sampler: sampler.name, steps: sampler.steps, clipsDenoised: false, cfgScale: cfg)
      settings.guidanceInterval = interval
      return settings
    }
  }
}
