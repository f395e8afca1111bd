/// The settings to sample a model with by default.
package struct SamplingDefaults: Sendable, Equatable, Codable {
  /// The name of the sampler.
  package var sampler: String
  /// The steps: a count or a respacing string.
  package var steps: String
  package var classifierScale: Double
  /// Whether x̂₀ is clamped before guidance instead of being limited after it. `nil` means the usual
  /// choice of the sampler.
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
