/// How to sample a model where nothing else is asked for.
package struct SamplingDefaults: Sendable, Equatable, Codable {
  /// As `--sampler` takes it.
  package var sampler: String
  /// As `--steps` takes it: a count or a respacing string.
  package var steps: String
  package var classifierScale: Double

  package init(sampler: String, steps: String, classifierScale: Double) {
    self.sampler = sampler
    self.steps = steps
    self.classifierScale = classifierScale
  }
}
