/// How to sample a model where nothing else is asked for.
package struct SamplingDefaults: Sendable, Equatable, Codable {
  /// As `--sampler` takes it.
  package var sampler: String
  /// As `--steps` takes it: a count or a respacing string.
  package var steps: String
  /// Of DDIM: 0 is deterministic.
  package var eta: Double
  package var classifierScale: Double

  package init(sampler: String, steps: String, eta: Double = 0, classifierScale: Double) {
    self.sampler = sampler
    self.steps = steps
    self.eta = eta
    self.classifierScale = classifierScale
  }
}
