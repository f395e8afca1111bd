import Diffusion
import Foundation
import Testing

@Suite struct TrainedScheduleTests {
  private func schedule(
    _ schedule: NoiseSchedule = .linear, steps: Int = 1000, rescales: Bool = false
  ) throws -> TrainedSchedule {
    try TrainedSchedule(
      DiffusionConfiguration(
        schedule: schedule, steps: steps, learnsSigma: false, rescalesTimesteps: rescales))
  }

  @Test(arguments: NoiseSchedule.allCases)
  func `a node at a trained step has that step's ᾱ`(name: NoiseSchedule) throws {
    let schedule = try schedule(name)
    for step in [0, 1, 500, 998, 999] {
      let node = schedule.node(at: Double(step))
      #expect(node.alphaBar == schedule.alphaBar[step])
      #expect(node.time == Float(step) && node.index == Double(step))
    }
  }

  @Test
  func `between two trained steps ln α is linear in the index`() throws {
    let schedule = try schedule()
    let (below, above) = (schedule.node(at: 258), schedule.node(at: 259))
    let node = schedule.node(at: 258.25)
    let expected = 0.75 * log(below.alpha) + 0.25 * log(above.alpha)
    #expect(abs(log(node.alpha) - expected) < 1e-14)
    #expect(node.time == 258.25)
  }

  @Test(arguments: [0.0, 10.5, 396, 999])
  func `α, σ, λ and σ̂ are consistent at every noise level`(index: Double) throws {
    let node = try schedule().node(at: index)
    #expect(abs(node.alpha * node.alpha + node.sigma * node.sigma - 1) < 1e-14)
    #expect(abs(node.lambda - log(node.alpha / node.sigma)) < 1e-12)
    #expect(abs(node.sigmaHat - node.sigma / node.alpha) < 1e-12 * node.sigmaHat)
  }

  /// σ̂ of the linear schedule of 1000 steps, from numpy.
  @Test(arguments: [(0.0, 0.01), (396.0, 2.0), (674.0, 10.0), (878.0, 50.0), (999.0, 157.4)])
  func `σ̂ has the published values`(index: Double, sigmaHat: Double) throws {
    #expect(abs(try schedule().node(at: index).sigmaHat / sigmaHat - 1) < 0.01)
  }

  @Test
  func `the network gets rescaled timesteps if it was trained with them`() throws {
    let schedule = try schedule(.cosine, steps: 4000, rescales: true)
    #expect(schedule.node(at: 3999).time == 999.75)
    #expect(schedule.node(at: 10.5).time == 2.625)
  }
}
