import Diffusion
import Foundation
import Testing

/// The orders of convergence, measured on a mixture of overlapping normal distributions, whose score
/// is known. Nodes are spaced evenly in λ, and the order is not lowered at the end.
@Suite struct SolverOrderTests {
  private static let data = Mixture(
    weights: [0.3, 0.4, 0.3], means: [-0.6, 0.1, 0.7], deviations: [0.3, 0.25, 0.35])
  private static let schedule = try! TrainedSchedule(
    DiffusionConfiguration(schedule: .linear, learnsSigma: false))
  private static let starts = [-1.4, -0.6, 0.2, 0.9, 1.7]

  private static func grid(_ steps: Int) -> Grid {
    Grid(schedule.levels(.logSNR, count: steps + 1), end: .sigmaMin)
  }

  private static func denoise(_ x: Double, _ node: Node) -> Double { data.x0(x, at: node) }

  private static func uniPC(_ order: Int, _ steps: Int) -> [Double] {
    let solver = UniPC(grid(steps), order: order, lowersOrderAtEnd: false)
    return starts.map { solver.run($0, denoise) }
  }

  private static func multistep(_ steps: Int) -> [Double] {
    let solver = DPMSolverPlusPlus2M(grid(steps), lowersOrderAtEnd: false)
    return starts.map { solver.run($0, denoise) }
  }

  private static func firstOrder(_ steps: Int) -> [Double] {
    let levels = schedule.levels(.logSNR, count: steps + 1)
    let pairs = zip(levels, levels.dropFirst()).map { s, t in
      (node: s, step: DPMSolverPlusPlus2M(Grid([s, t], end: .sigmaMin)).steps[0])
    }
    return starts.map { start in
      pairs.reduce(start) { x, pair in pair.step(x, [denoise(x, pair.node)]) }
    }
  }

  /// The exact solution to about 1e-12.
  private static let exact = uniPC(3, 8192)

  private static func error(_ values: [Double]) -> Double {
    let squares = zip(values, exact).map { ($0 - $1) * ($0 - $1) }
    return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  }

  /// A solver as a function of the number of steps, and the range of its order.
  struct Family: Sendable, CustomTestStringConvertible {
    let name: String
    let order: ClosedRange<Double>
    let run: @Sendable (Int) -> [Double]
    var testDescription: String { name }
  }

  static let families = [
    Family(name: "DDIM", order: 0.95...1.05) { firstOrder($0) },
    Family(name: "DPM-Solver++(2M)", order: 1.9...2.1) { multistep($0) },
    Family(name: "UniPC-1", order: 1.9...2.1) { uniPC(1, $0) },
    Family(name: "UniPC-2", order: 2.85...3.15) { uniPC(2, $0) },
    Family(name: "UniPC-3", order: 3.7...4.3) { uniPC(3, $0) },
  ]

  @Test(arguments: families)
  func `the error falls with the order of the solver`(family: Family) {
    let errors = [128, 256, 512].map { Self.error(family.run($0)) }
    for (coarse, fine) in zip(errors, errors.dropFirst()) {
      let order = log2(coarse / fine)
      #expect(family.order.contains(order), "order \(order), error \(fine)")
    }
  }

  /// Trained steps are so many that rounding to them is negligible.
  @Test
  func `the error of Heun's method falls with the square of the step`() throws {
    let schedule = try TrainedSchedule(
      DiffusionConfiguration(schedule: .linear, steps: 1_000_000, learnsSigma: false))
    func error(_ steps: Int) -> Double {
      let heun = Heun(schedule, count: steps)
      let values = Self.starts.map { start in
        // Stopped before the step to σ = 0, which is of first order.
        var x = start * heun.nodes[0].sigmaHat
        for step in heun.steps.dropLast() {
          let first = Self.denoise(step.churned.alpha * x, step.churned)
          let predicted = step.euler(x, [first])
          x = step.heun(x, [Self.denoise(step.next!.alpha * predicted, step.next!), first])
        }
        return x
      }
      let reference = Self.reference(from: heun.nodes[0], to: heun.nodes[steps - 1])
      let squares = zip(values, reference).map { ($0 - $1) * ($0 - $1) }
      return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
    }
    let errors = [32, 64, 128].map(error)
    for (coarse, fine) in zip(errors, errors.dropFirst()) {
      let order = log2(coarse / fine)
      #expect((1.85...2.15).contains(order), "order \(order), error \(fine)")
    }
  }

  /// The solution between two nodes, divided by α, from starts in units of σ̂.
  private static func reference(from first: Node, to last: Node) -> [Double] {
    let count = 8192
    let levels = (0...count).map { i in
      let lambda = first.lambda + (last.lambda - first.lambda) * Double(i) / Double(count)
      return Node(index: 0, time: 0, alphaBar: 1 / (1 + exp(-2 * lambda)))
    }
    let solver = UniPC(Grid(levels, end: .sigmaMin), order: 3, lowersOrderAtEnd: false)
    return starts.map { start in
      solver.run(start * first.sigmaHat * first.alpha, denoise) / levels[count].alpha
    }
  }
}
