import Job
import ScaleModel
import Testing

/// Complete jobs of the program's own dispatcher on many ranks, in virtual time.
@Suite struct ScaleTests {
  private func run(
    ranks: Int, images: Int, _ change: (inout Scenario) -> Void = { _ in }
  ) throws -> Outcome {
    var scenario = Scenario(ranks: ranks, images: images)
    change(&scenario)
    return try SimulatedJob(scenario).run()
  }

  private func expectWhole(_ outcome: Outcome, images: Int) {
    #expect(outcome.status == .success)
    #expect(outcome.writtenCount == images && outcome.repeatCount == 0)
  }

  @Test(arguments: [1, 8, 65, 512], [1, 4, 10])
  func `every image is written once and ranks hardly wait, for all batch sizes and writers`(
    ranks: Int, batch: Int
  ) throws {
    let images = 40 * ranks + 3
    for writer in Scenario.Writer.allCases {
      let outcome = try run(ranks: ranks, images: images) {
        ($0.batchSize, $0.writer) = (batch, writer)
      }
      expectWhole(outcome, images: images)
      #expect(outcome.announcements.isEmpty)
      #expect(outcome.idlePart < 0.01)
    }
  }

  @Test(arguments: [true, false], 0..<5 as Range<UInt64>)
  func `no image is lost or written twice if ranks are killed, stopped or slow`(
    tellsDeaths: Bool, seed: UInt64
  ) throws {
    let outcome = try run(ranks: 200, images: 20_000) {
      ($0.slowPart, $0.deathPart, $0.stopPart) = (0.05, 0.3, 0.1)
      ($0.tellsDeaths, $0.seed) = (tellsDeaths, seed)
      $0.batchSize = 3
    }
    expectWhole(outcome, images: 20_000)
    #expect(outcome.announcements.contains { $0.contains("images go to others") })
    #expect(outcome.announcements.contains { $0.hasSuffix("is back") })
    #expect(outcome.announcements.contains { $0.contains("died") } == tellsDeaths)
  }

  @Test
  func `rank 0 makes all images that the lost ranks have not made`() throws {
    let outcome = try run(ranks: 16, images: 1000) { $0.deathPart = 1 }
    expectWhole(outcome, images: 1000)
    #expect(outcome.announcements.contains { $0.hasSuffix("rank 0 continues alone") })
  }

  @Test(arguments: Scenario.Writer.allCases, [1, 4])
  func `the coordinator can serve 4,096 ranks of one image per second with either writer`(
    writer: Scenario.Writer, batch: Int
  ) throws {
    let outcome = try run(ranks: 4096, images: 60_000) {
      ($0.writer, $0.batchSize) = (writer, batch)
    }
    expectWhole(outcome, images: 60_000)
    #expect(outcome.idlePart < 0.01)
    #expect(outcome.coordinatorLoad < 0.7)
  }

  @Test
  func `16,384 ranks of one image per second must write the images themselves`() throws {
    let outcome = try run(ranks: 16_384, images: 130_000) { $0.writer = .ranks }
    expectWhole(outcome, images: 130_000)
    #expect(outcome.idlePart < 0.01 && outcome.coordinatorLoad < 0.8)
    let other = try run(ranks: 16_384, images: 130_000)
    expectWhole(other, images: 130_000)
    // The coordinator is not busy until all ranks have begun.
    #expect(other.rate < 0.8 * outcome.rate && other.coordinatorLoad > 0.6)
  }

  @Test
  func `a saturated coordinator works at its own pace, and considers no rank lost`() throws {
    let outcome = try run(ranks: 2048, images: 100_000) {
      ($0.secondsPerImage, $0.batchSize) = (0.05, 10)
    }
    expectWhole(outcome, images: 100_000)
    let times = ServiceTimes()
    let image =
      times.receive + times.receiveFile + times.writeFile + (times.receive + times.send) / 10
    // The rest of the time is spent on beats.
    #expect(outcome.rate < 1 / image && outcome.rate > 0.95 / image)
    #expect(outcome.announcements.isEmpty)
  }

  @Test
  func `one seed always gives the same simulated job`() throws {
    let outcomes = try [7, 7, 8].map { seed in
      try run(ranks: 100, images: 5000) {
        ($0.seed, $0.deathPart, $0.slowPart) = (seed, 0.2, 0.1)
      }
    }
    #expect(outcomes[0].seconds == outcomes[1].seconds)
    #expect(outcomes[0].messageCount == outcomes[1].messageCount)
    #expect(outcomes[0].seconds != outcomes[2].seconds)
  }
}
