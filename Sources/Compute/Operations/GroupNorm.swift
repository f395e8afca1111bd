/// The change of size of a group norm's result as it is written.
package enum Resampling: Sendable {
  case none
  /// Nearest neighbour, to twice the height and width.
  case up
  /// The mean of 2×2 pixels.
  case down
}

/// The effect of the timestep and label embedding on a norm.
package enum Modulation: Sendable {
  case none
  /// norm(x)·(1 + scale) + shift, both [N, channels], at `offset` and `offset + channels` of the
  /// rows of `rows`.
  case scaleShift(rows: Value, offset: Int)
  /// Like `scaleShift`, but with the shift at `offset` and the scale at `offset + channels`. Only for
  /// layer norms (DiT's models.py, modulate).
  case shiftScale(rows: Value, offset: Int)
  /// norm(x + bias), bias [N, channels] at `offset` of the rows of `rows`. Only for group norms.
  case bias(rows: Value, offset: Int)

  var rows: Value? {
    switch self {
    case .none: nil
    case .scaleShift(let rows, _), .shiftScale(let rows, _), .bias(let rows, _): rows
    }
  }
}

/// Group normalisation of one source, or of two sources next to each other, combined with
/// modulation, SiLU and resampling in the same pass.
///
/// Statistics are computed in f32 and f64 (guided-diffusion's nn.py, GroupNorm32). Two sources are
/// those that a skip connection concatenates. They are never copied together.
package struct GroupNorm: Operation {
  /// Each is [N, H, W, channels]. The channels of the second follow those of the first.
  let sources: [Value]
  /// γ and β, [channels of all sources]
  let scale: Parameter
  let shift: Parameter
  /// The number of groups, a divisor of the number of channels.
  let groups: Int
  /// ε, which is added to the variance of each group.
  let epsilon: Double
  let modulation: Modulation
  let activates: Bool
  var resampling: Resampling
  var output: Value
  /// Four rows of channels per image, for the backward pass: y = act(x·a + b), x̂ = x·r + m.
  let coefficients: Value

  package var summary: String { "group norm \(channels) (\(scale.name))" }
  package var inputs: [Value] { sources + (modulation.rows.map { [$0] } ?? []) }
  package var outputs: [Value] { [output, coefficients] }
  var channels: Int { scale.shape[0] }
}

/// The gradient of a `GroupNorm` with one source with respect to that source.
///
/// With dz = dy·act'(x·a+b), x̂ = x·r+m, and Σ over the `count` elements of a group: dx = a·dz −
/// r/count·(Σ γ'·dz) − x̂·r/count·(Σ γ'·dz·x̂), where γ' = a/r.
struct GroupNormBackward: Operation {
  /// The source and coefficients of the forward pass.
  let source: Value
  let coefficients: Value
  let activates: Bool
  /// Whether the forward pass took the mean of 2×2 pixels, so that the gradient has half the height
  /// and width.
  let downsampled: Bool
  /// The number of groups of the forward pass.
  let groups: Int
  let gradient: Value
  /// A value to add to the result, with the output's shape and type.
  let added: Value?
  let output: Value
  let name: String

  var summary: String { "group norm gradient \(source.shape.channels) (\(name))" }
  var inputs: [Value] { [source, coefficients, gradient] + (added.map { [$0] } ?? []) }
  var outputs: [Value] { [output] }
}

extension Graph {
  /// Returns a group norm.
  ///
  /// - Parameters:
  ///   - groups: the number of groups, which must divide the number of channels of all sources.
  ///   - epsilon: ε. guided-diffusion uses 1e-5 everywhere, latent diffusion 1e-6 in some places.
  ///   - type: the type of the output, by default that of the sources.
  package func groupNorm(
    _ sources: [Value], scale: Parameter, shift: Parameter, groups: Int = 32,
    epsilon: Double = 1e-5, modulation: Modulation = .none, activates: Bool,
    resampling: Resampling = .none, type: ElementType? = nil
  ) -> (output: Value, coefficients: Value) {
    var shape = sources[0].shape
    shape.channels = sources.reduce(0) { $0 + $1.shape.channels }
    precondition(
      shape.channels % groups == 0, "\(groups) groups do not divide \(shape.channels) channels")
    if case .shiftScale = modulation {
      preconditionFailure("a group norm's scale precedes its shift")
    }
    let coefficients = value(Shape(batch: shape.batch, channels: 4 * shape.channels), .f32)
    switch resampling {
    case .none: break
    case .up: (shape.height, shape.width) = (2 * shape.height, 2 * shape.width)
    case .down: (shape.height, shape.width) = (shape.height / 2, shape.width / 2)
    }
    let output = value(shape, type ?? sources[0].type)
    append(
      GroupNorm(
        sources: sources, scale: scale, shift: shift, groups: groups, epsilon: epsilon,
        modulation: modulation, activates: activates, resampling: resampling, output: output,
        coefficients: coefficients))
    return (output, coefficients)
  }

  /// Returns ∂/∂source of `groupNorm([source], …)`, plus `added`. `groups` are those of the forward
  /// pass. Its ε is part of the coefficients.
  package func groupNormBackward(
    _ gradient: Value, source: Value, coefficients: Value, groups: Int = 32, activates: Bool,
    downsampled: Bool = false, adding added: Value? = nil, name: String
  ) -> Value {
    let output = value(source.shape, source.type)
    append(
      GroupNormBackward(
        source: source, coefficients: coefficients, activates: activates, downsampled: downsampled,
        groups: groups, gradient: gradient, added: added, output: output, name: name))
    return output
  }
}
