import Diffusion
import Testing

@Suite struct GaussianDiffusionTests {
  @Test(arguments: expected.cases)
  func `the tables equal the reference's`(_ expected: ExpectedTables) throws {
    let diffusion = try diffusion(of: expected)
    #expect(diffusion.count == expected.count)
    for (i, step) in expected.steps.enumerated() {
      let pairs = [
        ("beta", diffusion.beta[step], expected.beta[i]),
        ("alphaBar", diffusion.alphaBar[step], expected.alphaBar[i]),
        ("alphaBarPrevious", diffusion.alphaBarPrevious[step], expected.alphaBarPrevious[i]),
        ("posteriorVariance", diffusion.posteriorVariance[step], expected.posteriorVariance[i]),
        (
          "posteriorLogVarianceClipped", diffusion.posteriorLogVarianceClipped[step],
          expected.posteriorLogVarianceClipped[i]
        ),
        (
          "posteriorMeanCoefficient1", diffusion.posteriorMeanCoefficient1[step],
          expected.posteriorMeanCoefficient1[i]
        ),
        (
          "posteriorMeanCoefficient2", diffusion.posteriorMeanCoefficient2[step],
          expected.posteriorMeanCoefficient2[i]
        ),
        (
          "sqrtReciprocalAlphaBar", diffusion.sqrtReciprocalAlphaBar[step],
          expected.sqrtReciprocalAlphaBar[i]
        ),
        (
          "sqrtReciprocalAlphaBarMinusOne", diffusion.sqrtReciprocalAlphaBarMinusOne[step],
          expected.sqrtReciprocalAlphaBarMinusOne[i]
        ),
        ("logBeta", diffusion.logBeta(at: step), expected.logBeta[i]),
        (
          "logFixedLargeVariance", diffusion.fixedLogVariance(at: step),
          expected.logFixedLargeVariance[i]
        ),
      ]
      for (table, value, wanted) in pairs {
        #expect(abs(value - wanted) <= 1e-14 * abs(wanted), "\(table) at step \(step)")
        #expect(Float(value) == Float(wanted), "\(table) at step \(step), rounded")
      }
    }
  }

  @Test(arguments: expected.cases, [false, true])
  func `the network gets the trained timestep, rescaled if the checkpoint needs it`(
    _ expected: ExpectedTables, rescales: Bool
  ) throws {
    let diffusion = try diffusion(of: expected, rescalesTimesteps: rescales)
    let timesteps = expected.steps.map { diffusion.networkTimestep(at: $0) }
    #expect(timesteps == (rescales ? expected.rescaledTimesteps : expected.timesteps))
  }

  @Test(arguments: NoiseSchedule.allCases, [20, 1000])
  func `every β of a whole schedule is in (0, 1]`(schedule: NoiseSchedule, steps: Int) {
    let betas = schedule.betas(steps: steps)
    #expect(betas.count == steps)
    #expect(betas.allSatisfy { $0 > 0 && $0 <= 1 })
  }

  @Test(arguments: [Int.min, -1, 0, 1, 1_000_001, .max])
  func `impossible step counts are refused`(steps: Int) {
    let configuration = DiffusionConfiguration(schedule: .cosine, steps: steps, learnsSigma: true)
    #expect(throws: GaussianDiffusionError.unusableStepCount(steps)) {
      try GaussianDiffusion(configuration: configuration, spacing: .all)
    }
  }

  @Test
  func `a linear schedule too short for its variances is refused`() {
    let configuration = DiffusionConfiguration(schedule: .linear, steps: 19, learnsSigma: true)
    #expect(throws: GaussianDiffusionError.scheduleTooShort(.linear, 19)) {
      try GaussianDiffusion(configuration: configuration, spacing: .all)
    }
  }

  @Test
  func `a single kept step is refused, as the reference refuses it`() {
    let configuration = DiffusionConfiguration(schedule: .linear, learnsSigma: true)
    #expect(throws: GaussianDiffusionError.singleStep) {
      try GaussianDiffusion(configuration: configuration, spacing: .sections([1]))
    }
  }

  @Test
  func `a spacing that the trained steps do not allow is refused`() {
    let configuration = DiffusionConfiguration(schedule: .linear, steps: 50, learnsSigma: true)
    #expect(throws: TimestepSpacingError.self) {
      try GaussianDiffusion(configuration: configuration, spacing: .ddim(37))
    }
  }

  private func diffusion(
    of expected: ExpectedTables, rescalesTimesteps: Bool = false
  ) throws -> GaussianDiffusion {
    try GaussianDiffusion(
      configuration: DiffusionConfiguration(
        schedule: expected.schedule, steps: expected.trainedSteps, learnsSigma: false,
        rescalesTimesteps: rescalesTimesteps),
      spacing: TimestepSpacing(parsing: expected.spacing))
  }
}

private let expected = Fixtures.decode(Schedules.self, from: "schedules.json")

/// The contents of schedules.json.
private struct Schedules: Decodable {
  let cases: [ExpectedTables]
}

/// The reference's tables at some steps of one process.
struct ExpectedTables: Decodable, Sendable, CustomTestStringConvertible {
  let schedule: NoiseSchedule
  let trainedSteps: Int
  let spacing: String
  let count: Int
  let steps: [Int]
  let timesteps: [Float]
  let rescaledTimesteps: [Float]
  let beta: [Double]
  let alphaBar: [Double]
  let alphaBarPrevious: [Double]
  let posteriorVariance: [Double]
  let posteriorLogVarianceClipped: [Double]
  let posteriorMeanCoefficient1: [Double]
  let posteriorMeanCoefficient2: [Double]
  let sqrtReciprocalAlphaBar: [Double]
  let sqrtReciprocalAlphaBarMinusOne: [Double]
  let logBeta: [Double]
  let logFixedLargeVariance: [Double]

  var testDescription: String { "\(schedule), \(trainedSteps) steps, '\(spacing)'" }
}
