import Diffusion
import Foundation
import Testing

/// Values that the public dpm-solver (dpm_solver_pytorch.py), UniPC (uni_pc.py), k-diffusion
/// (sampling.py), guided-diffusion and EDM samplers give for single numbers in double precision, on
/// the linear schedule of 1000 steps.
@Suite struct SolverFixtureTests {
  private static let schedule = try! TrainedSchedule(
    DiffusionConfiguration(schedule: .linear, learnsSigma: false))
  private let schedule = SolverFixtureTests.schedule

  /// Data from N(0.3, 0.2²).
  private let data = Mixture(weights: [1], means: [0.3], deviations: [0.2])

  private func grid(_ spacing: NodeSpacing, _ steps: Int) -> Grid {
    Grid(schedule.levels(spacing, count: steps + 1), end: .sigmaMin)
  }

  private func isNear(_ value: Double, _ expected: Double, within tolerance: Double = 1e-10) -> Bool
  {
    abs(value - expected) < tolerance
  }

  @Test(arguments: [
    (0, 4.605120183488), (0.5, 4.370226651545), (1, 4.211040838259), (99.9, 1.073184946658),
    (499.5, -1.233592083061), (949.05, -4.566661044774), (999, -5.058836591651),
  ])
  func `λ between the steps of the linear schedule is that of dpm-solver`(
    index: Double, lambda: Double
  ) {
    #expect(isNear(schedule.node(at: index).lambda, lambda, within: 1e-11))
    #expect(abs(schedule.node(lambda: lambda).index - index) < 1e-7)
  }

  @Test(arguments: [
    (0, 5.0474944057), (500, -0.0154308797), (991, -4.3845696715), (998, -6.4640622232),
    (999, -9.9179410758),
  ])
  func `λ of the cosine schedule is that of dpm-solver`(index: Double, lambda: Double) throws {
    let schedule = try TrainedSchedule(
      DiffusionConfiguration(schedule: .cosine, learnsSigma: false))
    #expect(isNear(schedule.node(at: index).lambda, lambda, within: 1e-9))
  }

  @Test
  func `solvers start at the last step with λ of at least −5.1`() throws {
    #expect(schedule.top.index == 999)
    let cosine = try TrainedSchedule(DiffusionConfiguration(schedule: .cosine, learnsSigma: false))
    #expect(cosine.top.index == 995)
    #expect(cosine.node(at: 995).lambda >= -5.1 && cosine.node(at: 996).lambda < -5.1)
  }

  @Test(arguments: [
    (
      NodeSpacing.logSNR,
      [
        999, 898.2940, 784.8165, 652.5900, 492.1144, 302.3078, 138.0402, 51.7230, 16.8034, 3.9525,
        0,
      ]
    ),
    (
      .timeQuadratic,
      [
        999, 814.7021, 649.1593, 502.3716, 374.3389, 265.0614, 174.5389, 102.7716, 49.7593, 15.5021,
        0,
      ]
    ),
    (.timeUniform, (0...10).map { 999 - 99.9 * Double($0) }),
  ])
  func `the nodes of a spacing are those of dpm-solver`(spacing: NodeSpacing, indices: [Double]) {
    let levels = schedule.levels(spacing, count: 11)
    for (level, index) in zip(levels, indices) { #expect(abs(level.index - index) < 6e-5) }
    #expect(levels.count == 11)
  }

  @Test
  func `karras nodes have equal distances in the seventh root of σ̂`() {
    let roots = schedule.levels(.karras, count: 9).map { pow($0.sigmaHat, 1 / 7.0) }
    let distances = zip(roots, roots.dropFirst()).map { $0 - $1 }
    for distance in distances { #expect(abs(distance - distances[0]) < 1e-9) }
  }

  /// A run from x_T = 1.5 to trained step 0.
  struct Run: Sendable {
    let spacing: NodeSpacing
    let steps: Int
    let ddim, multistep, lowered, uniPC2, uniPC2Lowered, uniPC3, uniPC3Lowered: Double
  }

  @Test(arguments: [
    Run(
      spacing: .timeUniform, steps: 10, ddim: 0.457235118872, multistep: 0.619499582824,
      lowered: 0.461354211891, uniPC2: 0.621256863529, uniPC2Lowered: 0.462150361653,
      uniPC3: 0.961034032283, uniPC3Lowered: 0.462167293806),
    Run(
      spacing: .timeUniform, steps: 20, ddim: 0.517926734274, multistep: 0.676647276662,
      lowered: 0.531588441442, uniPC2: 0.679122998176, uniPC2Lowered: 0.532732231907,
      uniPC3: 0.800441890255, uniPC3Lowered: 0.532975292406),
    Run(
      spacing: .logSNR, steps: 10, ddim: 0.535743790486, multistep: 0.607212464921,
      lowered: 0.599010474197, uniPC2: 0.613579094068, uniPC2Lowered: 0.605248672804,
      uniPC3: 0.616049060681, uniPC3Lowered: 0.627308572987),
  ])
  func `runs on a normal distribution are those of dpm-solver and UniPC`(run: Run) {
    let grid = grid(run.spacing, run.steps)
    func multistep(_ lowers: Bool) -> Double {
      DPMSolverPlusPlus2M(grid, lowersOrderAtEnd: lowers).run(1.5) { data.x0($0, at: $1) }
    }
    func uniPC(_ order: Int, _ lowers: Bool) -> Double {
      UniPC(grid, order: order, lowersOrderAtEnd: lowers).run(1.5) { data.x0($0, at: $1) }
    }
    #expect(isNear(firstOrder(grid), run.ddim))
    #expect(isNear(multistep(false), run.multistep))
    #expect(isNear(multistep(true), run.lowered))
    #expect(isNear(uniPC(2, false), run.uniPC2))
    #expect(isNear(uniPC(2, true), run.uniPC2Lowered))
    #expect(isNear(uniPC(3, false), run.uniPC3))
    #expect(isNear(uniPC(3, true), run.uniPC3Lowered))
  }

  /// Runs the first-order step of the family between all levels.
  private func firstOrder(_ grid: Grid, from start: Double = 1.5) -> Double {
    let levels = grid.nodes + (grid.end.map { [$0] } ?? [])
    var x = start
    for (s, t) in zip(levels, levels.dropFirst()) {
      let step = DPMSolverPlusPlus2M(Grid([s, t], end: .sigmaMin)).steps[0]
      x = step(x, [data.x0(x, at: s)])
    }
    return x
  }

  @Test
  func `UniPC of order 1 corrects, and agrees with UniPC's own code`() {
    let grid = grid(.timeUniform, 8)
    let x = UniPC(grid, order: 1).run(1.5) { data.x0($0, at: $1) }
    #expect(isNear(x, 0.436718572839))
  }

  @Test(arguments: [("20", 0.513768178968, 0.513260664323), ("ddim25", nil, 0.532019877166)])
  func `first-order steps on integer nodes are guided-diffusion's DDIM`(
    steps: String, atLast: Double?, final: Double
  ) throws {
    let timesteps = try TimestepSpacing(parsing: steps).timesteps(of: 1000)
    let grid = Grid(
      timesteps.reversed().map { schedule.node(at: Double($0)) }, end: .zero)
    let x = firstOrder(grid)
    if let atLast { #expect(isNear(x, atLast)) }
    #expect(isNear(data.x0(x, at: grid.nodes.last!), final))
  }

  @Test
  func `Heun's method on trained noise levels agrees with EDM's sampler`() {
    let heun = Heun(schedule, count: 10)
    #expect(heun.evaluations.count == 19)
    #expect(isNear(heun.run(1.5) { data.x0($0, at: $1) }, 0.671789643756))
    let churned = Heun(
      schedule, count: 18, churn: .init(amount: 40, range: 0.05...50, noise: 1.003))
    #expect(isNear(churned.run(1.5, noise: 0.5) { data.x0($0, at: $1) }, 0.634659597117))
  }

  @Test(arguments: [(10, 1.0, 0.550088176810), (10, 0.5, 0.643926791395), (20, 1, 0.717897576380)])
  func `DPM-Solver++ with noise agrees with k-diffusion's sample_dpmpp_2m_sde`(
    steps: Int, eta: Double, expected: Double
  ) {
    let grid = Grid(schedule.levels(.timeUniform, count: steps), end: .zero)
    let solver = DPMSolverPlusPlus2M(grid, eta: eta, lowersOrderAtEnd: false)
    #expect(isNear(solver.run(1.5, noise: 0.7) { data.x0($0, at: $1) }, expected))
  }

  @Test(arguments: [(1.0, 0.565860637714), (2, 0.490724787109), (8, 0.677302712564)])
  func `guided runs on a mixture are those of dpm-solver`(scale: Double, expected: Double) {
    let data = Mixture(weights: [0.5, 0.5], means: [-0.5, 0.3], deviations: [0.2, 0.3])
    let solver = DPMSolverPlusPlus2M(grid(.timeUniform, 10), lowersOrderAtEnd: false)
    let x = solver.run(0.7) { data.x0($0, at: $1, label: 1, scale: scale) }
    #expect(isNear(x, expected))
    guard scale == 2 else { return }
    let uniPC = UniPC(grid(.timeUniform, 10), order: 2)
    #expect(isNear(uniPC.run(0.7) { data.x0($0, at: $1, label: 1, scale: 2) }, 0.529533660501))
  }
}
