/// The settings to sample a model with by default.
package struct SamplingDefaults: Sendable, Equatable, Codable {
  /// The name of the sampler.
  package var sampler: String
  /// The steps: a count or a respacing string.
  package var steps: String
  package var classifierScale: Double

  package init(sampler: String, steps: String, classifierScale: Double) {
    self.sampler = sampler
    self.steps = steps
    self.classifierScale = classifierScale
  }
}
