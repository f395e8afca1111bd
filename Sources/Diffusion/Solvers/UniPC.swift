// Zhao et al. 2023, "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion
// Models", algorithms 5 and 6 (data prediction) with B₂(h) = eʰ − 1 and h negated as in uni_pc.py,
// `multistep_uni_pc_bh_update`. Symbols as there.
import Foundation

/// The predictor-corrector solver for the probability-flow equation. It is deterministic.
///
/// A step of order p predicts x at the next node from p predictions of x₀, evaluates the network
/// there, and corrects x with that evaluation, which raises the order by one. The evaluation is also
/// the first of the next step, so that each node costs one evaluation. The predictor of order 2 is
/// that of `DPMSolverPlusPlus2M`. At order 1 the corrector remains, so the solver differs from DDIM.
///
/// The order rises from 1 as predictions become available, and falls towards the last noise level
/// unless `lowersOrderAtEnd` is false. No correction follows the last prediction: the run ends at
/// the predicted x, or at x₀ as predicted there.
package struct UniPC: Solver {
  /// A step into a noise level.
  package struct Step: Sendable, Equatable {
    /// Predicts x from the predictions so far, the newest first.
    package let predictor: LinearStep
    /// Corrects x as it was before the prediction, with the evaluation at the predicted x as the
    /// newest prediction.
    package let corrector: LinearStep
  }

  package let nodes: [Node]
  package let steps: [Step]
  private let endsAtZero: Bool
  private let order: Int

  /// - Parameter order: the order of the predictor, from 1 to 3.
  package init(_ grid: Grid, order: Int, lowersOrderAtEnd: Bool = true) {
    precondition((1...3).contains(order), "UniPC has orders 1 to 3, not \(order)")
    self.order = order
    nodes = grid.nodes
    endsAtZero = grid.end == nil
    let levels = grid.levels
    steps = levels.indices.dropFirst().map { i in
      let order = grid.order(ofStepInto: i, atMost: order, lowersAtEnd: lowersOrderAtEnd)
      // The node of the newest prediction, and those before it.
      return Step(history: (1...order).map { levels[i - $0] }, to: levels[i])
    }
  }

  package func solve(
    _ x: Latents, noise: inout NoiseSource, denoiser: some Denoiser,
    stepDone: (_ node: Node) throws -> Void
  ) throws {
    var history = PredictionHistory(order + 1, like: x)
    let predicted = Latents(like: x)
    history.add(try denoiser.predict(x, at: nodes[0]).x0)
    for (i, step) in steps.enumerated() {
      step.predictor.apply(x, history.predictions, into: predicted)
      let isLast = i == steps.count - 1
      if isLast && !endsAtZero {
        x.copy(from: predicted)
      } else {
        history.add(try denoiser.predict(predicted, at: nodes[i + 1]).x0)
        step.corrector.apply(x, history.predictions, into: x)
      }
      try stepDone(nodes[i])
    }
    guard endsAtZero else { return }
    x.copy(from: history.predictions[0])
    try stepDone(nodes[nodes.count - 1])
  }
}

extension UniPC.Step {
  /// Creates the step of order `history.count` from `history[0]` to `t`.
  ///
  /// With h the step in λ, and D_k = (m_k − m₀)/r_k for a prediction m_k at r_k = (λ_k − λ₀)/h:
  ///
  ///     x ← (σₜ/σₛ)·x − αₜ·(e⁻ʰ − 1)·m₀ − αₜ·B·Σ ρ_k·D_k
  fileprivate init(history: [Node], to t: Node) {
    let s = history[0]
    let h = t.lambda - s.lambda
    let old = history.dropFirst().map { ($0.lambda - s.lambda) / h }
    let order = history.count
    let b = Self.momentConditions(order, h: h)

    // A single unknown has a fixed ρ, as in uni_pc.py.
    let predictorRho =
      order == 1
      ? [] : order == 2 ? [0.5] : Self.solve(Self.matrix(old), Array(b.prefix(order - 1)))
    let correctorRho = order == 1 ? [0.5] : Self.solve(Self.matrix(old + [1]), b)

    let (a, base) = (t.sigma / s.sigma, -t.alpha * expm1(-h))
    // −αₜ·B with B = e⁻ʰ − 1 is the factor of m₀ too.
    func differences(_ rho: some Sequence<Double>) -> [Double] {
      zip(rho, old).map { base * $0 / $1 }
    }
    let predicted = differences(predictorRho)
    predictor = LinearStep(x: a, predictions: [base - predicted.reduce(0, +)] + predicted)
    let corrected = differences(correctorRho.dropLast())
    let newest = base * correctorRho[order - 1]
    corrector = LinearStep(
      x: a, predictions: [newest, base - newest - corrected.reduce(0, +)] + corrected)
  }

  /// Returns b_j = ψ_j·j!/B for j = 1 … count, with ψ₁ = (e⁻ʰ − 1)/(−h) − 1 and
  /// ψ_{j+1} = ψ_j/(−h) − 1/(j + 1)!.
  private static func momentConditions(_ count: Int, h: Double) -> [Double] {
    let b = expm1(-h)
    var (psi, factorial) = (b / -h - 1, 1.0)
    return (1...count).map { j in
      defer {
        psi = psi / -h - 1 / (factorial * Double(j + 1))
        factorial *= Double(j + 1)
      }
      return psi * factorial / b
    }
  }

  /// Returns R with R_jk = r_k^(j−1).
  private static func matrix(_ r: [Double]) -> [[Double]] {
    r.indices.map { j in r.map { pow($0, Double(j)) } }
  }

  /// Solves a linear system of at most three equations by elimination with pivots.
  private static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    var rows = zip(matrix, right).map { $0 + [$1] }
    let n = rows.count
    for column in 0..<n {
      let pivot = (column..<n).max { abs(rows[$0][column]) < abs(rows[$1][column]) }!
      rows.swapAt(column, pivot)
      for row in 0..<n where row != column {
        let factor = rows[row][column] / rows[column][column]
        for k in column...n { rows[row][k] -= factor * rows[column][k] }
      }
    }
    return rows.indices.map { rows[$0][n] / rows[$0][$0] }
  }
}
