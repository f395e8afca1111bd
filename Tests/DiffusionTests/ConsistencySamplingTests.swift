import Diffusion
import Testing

@Suite struct ConsistencySamplingTests {
  private static let model = DiffusionConfiguration(Preconditioning(isConsistencyModel: true))
  private static let edm = DiffusionConfiguration(Preconditioning(isConsistencyModel: false))
  private static let adm = DiffusionConfiguration(schedule: .linear, learnsSigma: true)

  /// σ̂ and the standard deviation of the noise, as `stochastic_iterative_sampler` computes them.
  @Test(arguments: [
    ("1", [80.0]), ("0,22,39", [80.0, 1.382368]), ("0,106,200", [80.0, 1.912844]),
    ("0,67,150", [80.0, 3.991219]), ("2", [80.0, 2.515219]),
  ])
  func `levels are places in EDM's list, whose last one is not evaluated`(
    steps: String, sigmaHats: [Double]
  ) throws {
    let solver = try #require(
      try SolverSettings(.consistency, steps: steps).makeSolver(for: Self.model)
        as? ConsistencySampling)
    #expect(solver.nodes.count == sigmaHats.count)
    for (node, sigmaHat) in zip(solver.nodes, sigmaHats) {
      #expect(abs(node.sigmaHat / sigmaHat - 1) < 1e-4, "\(node.sigmaHat)")
    }
    let noise = solver.steps.map(\.noise)
    #expect(noise.last == 0)
    for (deviation, node) in zip(noise, solver.nodes.dropFirst()) {
      let variance = node.sigmaHat * node.sigmaHat - 0.002 * 0.002
      #expect(abs(deviation * deviation / variance - 1) < 1e-12)
    }
  }

  @Test(arguments: [
    "", "0", "-1", "1,2", "0,5,5", "0,5,3", "0,x", "0,", "ddim25", "10001", "0,10001",
  ])
  func `other steps of a consistency model are refused`(steps: String) {
    #expect(throws: SolverSettingsError.self) {
      try SolverSettings(.consistency, steps: steps).makeSolver(for: Self.model)
    }
  }

  @Test(arguments: [
    (SolverSettings(.consistency, steps: "1"), adm, SolverSettingsError.noConsistencyModel),
    (SolverSettings(.consistency, steps: "1"), edm, .noConsistencyModel),
    (SolverSettings(.heun(), steps: "18"), model, .needsDenoiser(.heun)),
    (SolverSettings(.ddim(eta: 0), steps: "25"), model, .needsDenoiser(.ddim)),
    (SolverSettings(.ddpm, steps: "250"), edm, .needsSchedule(.ddpm)),
    (SolverSettings(.ddim(eta: 0), steps: "ddim25"), edm, .needsSchedule(.ddim)),
    (
      SolverSettings(.dpmpp2M(.init(spacing: .timeUniform)), steps: "20"), edm,
      .needsTrainedSteps(.timeUniform)
    ),
    (
      SolverSettings(.uniPC(.init(spacing: .timeQuadratic)), steps: "20"), edm,
      .needsTrainedSteps(.timeQuadratic)
    ),
    (SolverSettings(.uniPC(), steps: "10,10"), edm, .noCount("10,10", .uniPC)),
  ])
  func `a sampler that does not suit the training of the network is refused`(
    settings: SolverSettings, configuration: DiffusionConfiguration, error: SolverSettingsError
  ) {
    #expect(throws: error) { try settings.makeSolver(for: configuration) }
    #expect(!"\(error)".contains("--"))
  }
}
