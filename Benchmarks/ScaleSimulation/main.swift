// Simulates a job on many ranks, in virtual time.

import ArgumentParser
import Foundation
import Job
import ScaleModel

extension Scenario.Writer: ExpressibleByArgument {}

/// Simulates one job. scripts/simulate-scale.sh runs it with several numbers of ranks.
struct ScaleSimulation: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scale-simulation",
    abstract: "Run the coordinator with thousands of simulated ranks, in virtual time.",
    discussion: """
      Prints one line of tab-separated figures: ranks, who writes, images a second, the part of \
      what the ranks could do, the part of their time that the ranks wait until the last image is \
      handed out, the same until the end, the part of its time that the coordinator is busy, \
      seconds, ranks taken for lost, ranks that came back, messages, and microseconds of this \
      processor's time a message.
      """)

  @Option(help: "Ranks.") var ranks = 4096
  @Option(help: "Images.") var images = 1_000_000
  @Option(help: "Images a batch.") var batch = 4
  @Option(help: "Who writes the files.") var write = Scenario.Writer.coordinator
  @Option(help: "Seconds that an image takes a rank.") var secondsPerImage = 1.0
  @Option(help: "The part of the ranks that are three times slower.") var slow = 0.0
  @Option(help: "The part of the ranks that are killed.") var deaths = 0.0
  @Option(help: "The part of the ranks that stand still for 45 s.") var stops = 0.0
  @Flag(help: "Deaths are known at once, as with ULFM.") var ulfm = false
  @Option(help: "Seed of all that happens by chance.") var seed: UInt64 = 0

  @Option(help: "Microseconds to receive a message.") var receive = 3.0
  @Option(help: "Microseconds to send one.") var send = 5.0
  @Option(help: "Microseconds more to receive one with a file.") var receiveFile = 40.0
  @Option(help: "Microseconds to write a file.") var writeFile = 90.0
  @Option(help: "Microseconds to publish a file that a rank wrote.") var publishFile = 30.0
  @Option(help: "Kilobytes of a file.") var fileSize = 125.0
  @Option(help: "Gigabytes a second that reach the coordinator.") var bandwidth = 10.0

  func run() throws {
    var scenario = Scenario(ranks: ranks, images: images)
    scenario.batchSize = batch
    scenario.writer = write
    scenario.secondsPerImage = secondsPerImage
    (scenario.slowPart, scenario.deathPart, scenario.stopPart) = (slow, deaths, stops)
    (scenario.tellsDeaths, scenario.seed) = (ulfm, seed)
    scenario.times = ServiceTimes(
      receive: receive * 1e-6, send: send * 1e-6, receiveFile: receiveFile * 1e-6,
      writeFile: writeFile * 1e-6, publishFile: publishFile * 1e-6, fileSize: fileSize * 1e3,
      bandwidth: bandwidth * 1e9)
    let before = clock()
    let outcome = try SimulatedJob(scenario).run()
    let microseconds = Double(clock() - before) / Double(CLOCKS_PER_SEC) * 1e6
    guard outcome.writtenCount == images, outcome.repeatCount == 0 else {
      throw ValidationError(
        "\(outcome.writtenCount) of \(images) images were written, "
          + "\(outcome.repeatCount) more than once")
    }
    print(line(outcome, microseconds / Double(outcome.messageCount)))
  }

  private func line(_ outcome: Outcome, _ microseconds: Double) -> String {
    let lost = outcome.announcements.count { $0.hasPrefix("warning: ") }
    let back = outcome.announcements.count { $0.hasSuffix("is back") }
    let possible = Double(ranks) / secondsPerImage
    let parts = [
      outcome.rate / possible, outcome.idlePart, outcome.idlePartInAll, outcome.coordinatorLoad,
    ].map { String(format: "%.6f", $0) }
    return
      (["\(ranks)", write.rawValue, String(format: "%.1f", outcome.rate)] + parts + [
        String(format: "%.0f", outcome.seconds), "\(lost)", "\(back)", "\(outcome.messageCount)",
        String(format: "%.1f", microseconds),
      ]).joined(separator: "\t")
  }
}

ScaleSimulation.main()
