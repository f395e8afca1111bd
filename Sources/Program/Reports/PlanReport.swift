import Cache
import Compute
import Foundation
import Job
import Machine
import Worker

/// A report on a planned job, for `plan`. It does not change anything in the folder.
package struct PlanReport {
  private var facts: PlanFacts
  private let settings: RunSettings

  /// The size of weights that can be packed within a few seconds, in bytes.
  private static let quickPacking = 200 << 20

  /// Resolves the job, and times a few steps.
  ///
  /// - Parameters:
  ///   - ranks: the number of ranks that the job will have.
  ///   - timesSteps: whether a few steps may be run to measure their time.
  /// - Throws: a `Failure`.
  package init(
    _ request: JobRequest, _ settings: RunSettings, ranks: Int, timesSteps: Bool
  ) throws {
    self.settings = settings
    // An exceeded limit on file sizes then becomes an error about the file.
    signal(SIGXFSZ, SIG_IGN)
    if let name = settings.instructionSet { _ = Processor.limitInstructions(to: name) }
    let cache = settings.cache
    if let warning = cache.warning { Console.note(OptionNames.text(warning)) }
    var job = try ResolvedJob(request, hashes: FileHashes(cache.folder))
    job.notes.filter { !Console.isWarning($0) }.forEach(Console.note)
    job.isPainted = settings.painting != nil
    let team = settings.teams([Placement](repeating: .current, count: ranks))[0]
    facts = PlanFacts(
      job, out: settings.out, overwrite: settings.overwrites, cache: cache.folder, ranks: ranks,
      team: team)
    do {
      facts.time = try time(timesSteps: timesSteps)
    } catch let reason as NotTimed {
      facts.notTimed = reason.text
    }
  }

  package func text(asJSON: Bool) throws -> String {
    asJSON ? try JSONText.of(PlanJSON(facts)) : PlanText(facts).text
  }

  // MARK: - Time

  private struct NotTimed: Error {
    let text: String
  }

  /// Determines the time from a few steps if they take only a moment, and otherwise from the last
  /// run in the folder.
  private func time(timesSteps: Bool) throws -> PlanFacts.Time {
    let isQuick = facts.weights.unpackedBytes(threads: facts.team.threads) <= Self.quickPacking
    if let run = facts.folder.lastRun, !(timesSteps && isQuick) {
      let seconds = JobEstimate.secondsPerBatch(
        imagesPerSecond: run.imagesPerSecond, jobThreads: run.threads,
        batchSize: facts.job.recipe.batchSize, threads: facts.team.threads)
      return .init(source: .lastRun(run), estimate: facts.estimate(secondsPerBatch: seconds))
    }
    guard timesSteps else { throw NotTimed(text: "--no-timing was given") }
    guard settings.painting == nil else { throw NotTimed(text: "images are painted") }
    if !isQuick {
      Console.note(
        "timing a step; the weights are packed first, which may take a minute (--no-timing skips "
          + "this)")
    }
    let timings = try timeSteps()
    let decoders = timings.compactMap(\.decoderSeconds)
    return .init(
      source: .measured(steps: timings.reduce(0) { $0 + $1.steps }),
      estimate: facts.estimate(secondsPerBatch: facts.secondsPerBatch(timings)),
      decoderSeconds: decoders.isEmpty ? nil : decoders.reduce(0, +))
  }

  /// Times guided steps of each stage.
  private func timeSteps() throws -> [StepTiming] {
    var (recipe, team) = (facts.job.recipe, facts.team)
    for index in recipe.stages.indices { recipe.stages[index].guidanceInterval = nil }
    do throws(Failure) {
      try MemoryCheck(
        recipe, sharesWeights: facts.weights.cache != nil, placements: [.current], teams: [team]
      ).check()
    } catch {
      throw NotTimed(text: error.message)
    }
    team.applyAffinity()
    do {
      let engine = try SamplingEngine(
        recipe, threads: team.availableThreads(note: Console.note),
        cache: facts.weights.cache?.near(memory: team.memory),
        ownCopies: StartWarnings.ownCopies(ranks: 1, weights: facts.weights.bytes),
        note: { Console.note(OptionNames.text($0)) })
      return try engine.timeSteps()
    } catch {
      throw Failure(explaining: error)
    }
  }
}
