import Diffusion

/// The settings to sample a model with by default. Those that are `nil` have the usual value of the
/// sampler.
package struct SamplingDefaults: Sendable, Equatable, Codable {
  /// The name of the sampler.
  package var sampler: String
  /// The steps: a count or a respacing string.
  package var steps: String
  /// The scale of a classifier's gradient, or `nil` if the authors state none.
  package var classifierScale: Double?
  /// η of ddim and dpmpp-2m.
  package var eta: Float?
  /// The spacing of the nodes, if `steps` is a count.
  package var spacing: NodeSpacing?
  package var guidanceInterval: GuidanceInterval?
  /// Whether x̂₀ is clamped before guidance instead of being limited after it.
  package var clipsDenoised: Bool?
  /// The scale of classifier-free guidance, or `nil` for none.
  package var cfgScale: Double?

  package init(
    sampler: String, steps: String, classifierScale: Double? = 1, spacing: NodeSpacing? = nil,
    clipsDenoised: Bool? = nil, cfgScale: Double? = nil, eta: Float? = nil
  ) {
    self.sampler = sampler
    self.steps = steps
    self.classifierScale = classifierScale
    self.spacing = spacing
    self.clipsDenoised = clipsDenoised
    self.cfgScale = cfgScale
    self.eta = eta
  }
}

extension DiffusionConfiguration {
  /// The settings to sample a network of this process with if its authors publish none, the default
  /// first. Empty for a process of steps, where the usual values of the samplers apply.
  ///
  /// For continuous noise levels, the first are the defaults of consistency_models' image_sample.py.
  package var usualSampling: [SamplingDefaults] {
    if latent != nil {
      return [
        SamplingDefaults(sampler: "ddim", steps: "50"),
        SamplingDefaults(sampler: "plms", steps: "50"),
      ]
    }
    guard let preconditioning else { return [] }
    guard !preconditioning.isConsistencyModel else {
      return [SamplingDefaults(sampler: "consistency", steps: "1", clipsDenoised: true)]
    }
    return [
      SamplingDefaults(sampler: "heun", steps: "40", clipsDenoised: true),
      SamplingDefaults(sampler: "dpmpp-2m", steps: "20", spacing: .karras, clipsDenoised: true),
      SamplingDefaults(sampler: "unipc", steps: "20", spacing: .karras, clipsDenoised: true),
    ]
  }
}
