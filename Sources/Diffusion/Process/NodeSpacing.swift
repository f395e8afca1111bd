// The grids of dpm_solver_pytorch.py, `get_time_steps` (Lu et al. 2022), and of Karras et al. 2022,
// "Elucidating the Design Space of Diffusion-Based Generative Models" (EDM), equation 5.
import Foundation

/// The way in which a solver's nodes are spread over the noise levels, from the noisiest one to
/// trained step 0.
package enum NodeSpacing: String, Sendable, Codable, CaseIterable {
  /// Equal distances in time, that is, in the index.
  case timeUniform = "time-uniform"
  /// Equal distances in the square root of time, so that nodes are denser where there is less noise.
  case timeQuadratic = "time-quadratic"
  /// Equal distances in λ, half the logarithm of the signal-to-noise ratio.
  case logSNR = "log-snr"
  /// Equal distances in σ̂^(1/7).
  case karras
}

/// The nodes at which a solver requests predictions, and the noise level at which it ends.
package struct Grid: Sendable, Equatable {
  /// The end of a run.
  package enum End: String, Sendable, Codable, CaseIterable {
    /// The last step goes from the last node to σ = 0.
    case zero
    /// The image is x at the last trained step, which is not evaluated.
    case sigmaMin = "sigma-min"
  }

  /// The nodes in the order of their evaluation, the noisiest first.
  package let nodes: [Node]
  /// The node at which the run ends, or `nil` if it ends at σ = 0.
  package let end: Node?

  /// - Precondition: There are at least two levels, in the order from noise to image.
  package init(_ levels: [Node], end: End) {
    precondition(levels.count > 1, "one noise level leaves nothing to solve")
    switch end {
    case .zero: (nodes, self.end) = (levels, nil)
    case .sigmaMin: (nodes, self.end) = (levels.dropLast(), levels.last)
    }
  }

  /// All noise levels, including the one at which the run ends.
  var levels: [Node] { nodes + (end.map { [$0] } ?? []) }

  /// Returns the order of the step into level `i`: `order`, or less if there are fewer predictions
  /// before it, or fewer levels after it.
  ///
  /// A step of high order into the last level extrapolates far, because that step is long in λ.
  func order(ofStepInto i: Int, atMost order: Int, lowersAtEnd: Bool) -> Int {
    let levelCount = nodes.count + (end == nil ? 0 : 1)
    return min(order, i, lowersAtEnd ? levelCount - i : order)
  }
}

extension TrainedSchedule: NoiseLevels {
  /// The noisiest node of the solvers that follow the probability-flow equation: the last trained
  /// step with λ ≥ −5.1, as in dpm-solver. Beyond it, cosine schedules have almost no signal left.
  package var top: Node {
    let index = alphaBar.indices.last { node(at: Double($0)).lambda >= -5.1 } ?? 0
    return node(at: Double(index))
  }

  package var bottom: Node { node(at: 0) }

  package var sigmaHats: ClosedRange<Double> {
    let highest = node(at: Double(alphaBar.count - 1)).sigmaHat
    return max(0.002, bottom.sigmaHat)...min(80, highest)
  }

  /// Returns the node with the given λ, whose index is the inverse of the interpolation of ln α. A λ
  /// outside the trained range gives the nearest trained step.
  package func node(lambda: Double) -> Node {
    let alphaBar = 1 / (1 + exp(-2 * lambda))
    guard let below = lastIndex(above: alphaBar) else { return node(at: 0) }
    guard below < self.alphaBar.count - 1 else { return node(at: Double(below)) }
    let (first, second) = (log(self.alphaBar[below]), log(self.alphaBar[below + 1]))
    let logAlphaBar = -log1p(exp(-2 * lambda))
    let index = Double(below) + (logAlphaBar - first) / (second - first)
    return Node(index: index, time: time(at: index), alphaBar: alphaBar)
  }

  /// Returns `count` noise levels from `top` to trained step 0.
  ///
  /// - Precondition: `count` is at least 2.
  package func levels(_ spacing: NodeSpacing, count: Int) -> [Node] {
    precondition(count > 1, "two noise levels or more")
    let (top, bottom) = (top, bottom)
    // The levels between the ends, which are exact.
    let inner = 1..<count - 1
    let levels: [Node] =
      switch spacing {
      case .timeUniform:
        inner.map { node(at: evenlySpaced(top.index, 0, $0, of: count)) }
      case .timeQuadratic:
        // Time is (index + 1)/T. The factor T does not change the spacing.
        inner.map { i in
          let root = evenlySpaced((top.index + 1).squareRoot(), 1, i, of: count)
          return node(at: root * root - 1)
        }
      case .logSNR: Array(logSNRLevels(count)[inner])
      case .karras: Array(karrasLevels(count)[inner])
      }
    return [top] + levels + [bottom]
  }

  /// Returns the trained step whose σ̂ is nearest to `sigmaHat` (EDM's `round_sigma`).
  package func nearestNode(sigmaHat: Double) -> Node {
    let wanted = 1 / (1 + sigmaHat * sigmaHat)
    let below = lastIndex(above: wanted) ?? 0
    let candidates = [below, min(below + 1, alphaBar.count - 1)].map { node(at: Double($0)) }
    return candidates.min { abs($0.sigmaHat - sigmaHat) < abs($1.sigmaHat - sigmaHat) }!
  }

  /// Returns the last trained step whose ᾱ is at least `alphaBar`. ᾱ falls with the index.
  private func lastIndex(above alphaBar: Double) -> Int? {
    var (below, above) = (-1, self.alphaBar.count)
    while above - below > 1 {
      let middle = (below + above) / 2
      if self.alphaBar[middle] >= alphaBar { below = middle } else { above = middle }
    }
    return below < 0 ? nil : below
  }
}
