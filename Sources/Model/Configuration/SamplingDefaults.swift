import Diffusion

/// The settings to sample a model with by default. Those that are `nil` have the usual value of the
/// sampler.
package struct SamplingDefaults: Sendable, Equatable, Codable {
  /// The name of the sampler.
  package var sampler: String
  /// The steps: a count or a respacing string.
  package var steps: String
  package var classifierScale: Double
  /// η of ddim and dpmpp-2m.
  package var eta: Float?
  /// The spacing of the nodes, if `steps` is a count.
  package var spacing: NodeSpacing?
  package var guidanceInterval: GuidanceInterval?
  /// Whether x̂₀ is clamped before guidance instead of being limited after it.
  package var clipsDenoised: Bool?

  package init(
    sampler: String, steps: String, classifierScale: Double, clipsDenoised: Bool? = nil
  ) {
    self.clipsDenoised = clipsDenoised
    self.sampler = sampler
    self.steps = steps
    self.classifierScale = classifierScale
  }
}
