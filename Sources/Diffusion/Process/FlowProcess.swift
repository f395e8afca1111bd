// Lipman et al. 2023, "Flow Matching for Generative Modeling", and Liu et al. 2023, "Flow Straight and
// Fast", on the straight path, as in SiT (Ma et al. 2024), REPA and LightningDiT.
import Foundation

/// The training of a network on the straight path from noise to an image:
/// x = (1 − u)·x₀ + u·ε, where u from 0 to 1 is the share of noise. The network predicts the velocity
/// of x.
package struct FlowProcess: Sendable, Equatable, Codable {
  /// The direction of the time t that the network is told. The velocity is dx/dt.
  package enum Direction: String, Sendable, Codable {
    /// From noise at t = 0 to the image at t = 1: t = 1 − u. Of SiT and LightningDiT.
    case toImage
    /// From the image at t = 0 to noise at t = 1: t = u. Of REPA.
    case toNoise
  }

  package var direction: Direction
  /// s of a sampler that evaluates at t' = s·t/(1 + (s − 1)·t) instead of t, with t = 1 − u
  /// (LightningDiT's `timestep_shift`), or `nil` for none. It divides σ̂ by s.
  package var shift: Double?

  package init(_ direction: Direction, shift: Double? = nil) {
    self.direction = direction
    self.shift = shift
  }

  /// Whether the numbers can be those of a sampler.
  package var isValid: Bool { shift.map { $0.isFinite && $0 > 0 } ?? true }

  /// The time at a share of noise, and the converse.
  func time(noise: Double) -> Double { direction == .toImage ? 1 - noise : noise }

  /// Returns the share of noise at which a sampler evaluates instead of `noise`.
  func shifted(noise: Double) -> Double {
    shift.map { noise / (noise + $0 * (1 - noise)) } ?? noise
  }
}

extension FlowProcess: Preconditioned {
  /// x₀ = x − u·V, where V = ε − x₀ is the velocity towards noise.
  func factors(at node: Node) -> Preconditioning.Factors {
    // A solver hands over α·x₀ + σ·ε with α² + σ² = 1. The network takes x = (α·x₀ + σ·ε)/(α + σ).
    let scale = Float(1 / (node.alpha + node.sigma))
    let noise = Float(node.noiseShare)
    return Preconditioning.Factors(
      skip: scale, output: direction == .toImage ? noise : -noise, input: scale)
  }
}

extension Node {
  /// u, the share of noise of a flow at this level: σ/(α + σ).
  package var noiseShare: Double { sigma / (alpha + sigma) }
}

/// The noise levels of a flow: all of them.
package struct FlowLevels: NoiseLevels {
  package let flow: FlowProcess

  package init(_ flow: FlowProcess) {
    self.flow = flow
  }

  /// The levels between which λ is finite. Flows have been trained on both ends.
  private static let noise = 0.001...0.999

  package var top: Node { node(noise: Self.noise.upperBound) }
  package var bottom: Node { node(noise: Self.noise.lowerBound) }
  package var sigmaHats: ClosedRange<Double> { bottom.sigmaHat...top.sigmaHat }

  package func node(lambda: Double) -> Node { nearestNode(sigmaHat: exp(-lambda)) }

  package func nearestNode(sigmaHat: Double) -> Node { node(noise: sigmaHat / (1 + sigmaHat)) }

  /// Returns the level with a share of noise from 0 to 1.
  package func node(noise: Double) -> Node {
    let (time, image) = (flow.time(noise: noise), 1 - noise)
    return Node(
      index: time, time: Float(time), alphaBar: image * image / (image * image + noise * noise))
  }

  /// Returns `count` levels from pure noise at equal distances in time, then shifted. The next one
  /// would be the image.
  func timeLevels(_ count: Int) -> [Node] {
    (0..<count).map { node(noise: flow.shifted(noise: 1 - Double($0) / Double(count))) }
  }

  /// Returns the nodes of a multistep solver, which need a finite λ.
  ///
  /// By time, they are equally far apart, from 0.999 down to a step before the image, and then shifted.
  /// Otherwise the last one is at 0.001.
  func grid(_ spacing: NodeSpacing, steps: Int, end: Grid.End) -> Grid {
    func byTime(_ share: (Double) -> Double) -> [Node] {
      let nodes = (0..<steps).map { i in
        let noise = Self.noise.upperBound * share(1 - Double(i) / Double(steps))
        return node(noise: flow.shifted(noise: noise))
      }
      return nodes + (end == .sigmaMin ? [bottom] : [])
    }
    let count = steps + (end == .sigmaMin ? 1 : 0)
    let levels =
      switch spacing {
      case .timeUniform: byTime { $0 }
      case .timeQuadratic: byTime { $0 * $0 }
      case .logSNR: logSNRLevels(count)
      case .karras: karrasLevels(count)
      }
    return Grid(levels, end: end)
  }
}
