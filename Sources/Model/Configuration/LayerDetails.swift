/// Details of layers that are the same in all networks of guided-diffusion, but not in those of other
/// programs, such as the diffusers library's copies of DDPM (Ho et al. 2020).
package struct LayerDetails: Sendable, Equatable, Codable {
  /// ε of all group norms.
  package var normEpsilon = 1e-5
  /// Whether the sines precede the cosines in the embedding of the timestep.
  package var sinesFirst = false
  /// A number by which the divisor of the exponents of that embedding is smaller than half its
  /// width.
  package var frequencyShift = 0
  /// Whether the convolutions that halve the size are padded below and on the right only.
  package var padsAfter = false

  /// guided-diffusion's details.
  package init() {}
}
