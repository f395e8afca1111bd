import Diffusion
import Foundation
import Testing

/// The schedules and tables of latent-schedules.json (scripts/fixtures/latent_schedules.py).
private struct LatentSchedules: Decodable {
  struct Schedule: Decodable, Sendable, CustomTestStringConvertible {
    let start: Double
    let end: Double
    let alphaBar: [Float]

    var testDescription: String { "\(start) to \(end), \(alphaBar.count) steps" }
  }

  struct Run: Decodable, Sendable, CustomTestStringConvertible {
    let count: Int
    let eta: Float
    let timesteps: [Int]
    let previous: [Float]
    let sigmas: [Float]

    var testDescription: String { "\(count) steps, eta \(eta)" }
  }

  let schedules: [Schedule]
  let runs: [Run]
  let failing: [Int]

  static let all: LatentSchedules = {
    let url = Bundle.module.resourceURL!.appending(path: "Fixtures/latent-schedules.json")
    return try! JSONDecoder().decode(LatentSchedules.self, from: Data(contentsOf: url))
  }()
}

@Suite("Sampling of latent diffusion models")
struct LatentSamplingTests {
  private static let fixture = LatentSchedules.all
  private static let configuration = DiffusionConfiguration(
    LatentProcess(betaStart: 0.0015, betaEnd: 0.0195))

  @Test(arguments: fixture.schedules)
  fileprivate func `ᾱ equals latent-diffusion's to the last bit`(
    _ schedule: LatentSchedules.Schedule
  ) {
    let process = LatentProcess(betaStart: schedule.start, betaEnd: schedule.end)
    #expect(process.alphaBar(steps: schedule.alphaBar.count) == schedule.alphaBar)
  }

  @Test(arguments: fixture.runs)
  fileprivate func `the steps and the noise of DDIM equal latent-diffusion's to the last bit`(
    _ run: LatentSchedules.Run
  ) throws {
    let alphaBar = Self.fixture.schedules[0].alphaBar
    let timesteps = try LatentTimesteps(count: run.count, of: alphaBar)
    #expect(timesteps.timesteps == run.timesteps)
    #expect(timesteps.alphaBar == run.timesteps.map { alphaBar[$0] })
    #expect(timesteps.alphaBarPrevious == run.previous)
    #expect(LatentDDIM(timesteps, eta: run.eta).noise == run.sigmas.reversed())
  }

  @Test
  func `a number of steps is refused if the reference fails on it, with one that works`() {
    let alphaBar = Self.fixture.schedules[0].alphaBar
    let failing = Set(Self.fixture.failing)
    for count in 1..<1100 {
      do throws(SolverSettingsError) {
        _ = try LatentTimesteps(count: count, of: alphaBar)
        #expect(!failing.contains(count))
      } catch .unreachableStep(let refused, let trained, let possible) {
        #expect(refused == count && trained == 1000)
        #expect(failing.contains(count) && !failing.contains(possible) && possible > 1)
      } catch {
        Issue.record("\(error)")
      }
    }
  }

  @Test(arguments: [(3, "2"), (300, "250"), (333, "250"), (501, "500"), (1000, "500")])
  func `an impossible number of steps is explained`(count: Int, possible: String) throws {
    let settings = SolverSettings(.ddim(eta: 0), steps: "\(count)")
    let error = #expect(throws: SolverSettingsError.self) {
      try settings.makeSolver(for: Self.configuration)
    }
    let text = try #require(error).description
    #expect(text.contains("\(count) steps") && text.hasSuffix("take \(possible)"))
  }

  @Test
  func `plms needs a latent diffusion model, and both need a number of steps`() {
    let plms = SolverSettings(.plms, steps: "10")
    #expect(throws: SolverSettingsError.needsLatents(.plms)) {
      try plms.makeSolver(for: .init(schedule: .linear, learnsSigma: true))
    }
    #expect(throws: SolverSettingsError.needsLatents(.plms)) {
      try plms.makeSolver(for: .init(Preconditioning(isConsistencyModel: false)))
    }
    #expect(throws: SolverSettingsError.noCount("ddim25", .ddim)) {
      try SolverSettings(.ddim(eta: 0), steps: "ddim25").makeSolver(for: Self.configuration)
    }
  }

  @Test(arguments: [
    SolverSettings(.ddpm, steps: "25"), .init(.dpmpp2M(.init(spacing: .logSNR)), steps: "10"),
    .init(.uniPC(.init(spacing: .timeUniform)), steps: "10"), .init(.heun(), steps: "10"),
  ])
  func `the other solvers take the levels of a latent diffusion model`(_ settings: SolverSettings)
    throws
  {
    let nodes = try settings.makeSolver(for: Self.configuration).nodes
    let table = Self.fixture.schedules[0].alphaBar
    #expect(abs(nodes[0].alphaBar - Double(table[Int(nodes[0].index)])) < 1e-9)
    #expect(nodes[0].index > 990)
  }

  @Test
  func `a table of a file replaces the schedule, and one that does not fall is refused`() throws {
    var process = LatentProcess(betaStart: 0.0015, betaEnd: 0.0195)
    process.storedAlphaBar = LatentProcess(betaStart: 0.001, betaEnd: 0.01).alphaBar(steps: 1000)
    let schedule = try TrainedSchedule(DiffusionConfiguration(process))
    #expect(schedule.alphaBar == process.storedAlphaBar!.map(Double.init))
    for (index, value) in [(3, Float(1)), (500, 0), (0, 1), (999, .nan)] {
      var other = process
      other.storedAlphaBar![index] = value
      #expect(throws: GaussianDiffusionError.unusableTable) {
        try TrainedSchedule(DiffusionConfiguration(other))
      }
    }
    process.storedAlphaBar!.removeLast()
    #expect(throws: GaussianDiffusionError.unusableTable) {
      try TrainedSchedule(DiffusionConfiguration(process))
    }
  }

  @Test
  func `plms evaluates the network once more than it has steps`() throws {
    let plms = try SolverSettings(.plms, steps: "10").makeSolver(for: Self.configuration)
    #expect(plms.nodes.map(\.index) == (0..<10).map { Double(901 - 100 * $0) })
    #expect(plms.evaluations.map(\.index) == [901, 801] + plms.nodes.dropFirst().map(\.index))
  }
}
