import ArgumentParser
import Cache
import Foundation
import Job
import Messaging
import Program
import Worker

/// `diffuse-mpi plan`: what a job would do.
struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a job would do, how long it would take, and what its folder holds.",
    discussion: """
      Takes the options of a job, and changes nothing in its folder. A few steps are run to tell the \
      time; if the weights have not been packed yet, they are packed first, as the job would do.
      """)

  @OptionGroup(title: "Networks") var networks: NetworkOptions
  @OptionGroup(title: "Images") var images: ImageOptions
  @OptionGroup(title: "Sampling") var sampling: SamplingOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Running") var running: RunOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Estimate for this many ranks, with --threads threads each. Time is assumed to divide evenly "
        + "among them.", valueName: "count"))
  var ranks: Int = 1

  @Flag(inversion: .prefixedNo, help: "Time a few steps to estimate how long the job takes.")
  var timing = true

  @Flag(help: "Print JSON.")
  var json = false

  private static let rankLimit = 100_000
  /// Bytes of weights that are packed within a few seconds.
  private static let quickPacking = 200 << 20

  func validate() throws {
    guard (1...Self.rankLimit).contains(ranks) else {
      throw ValidationError("--ranks is \(ranks); it must be from 1 to \(Self.rankLimit)")
    }
  }

  func run() throws {
    guard Console.isFirstRank else { return }
    // A limit on the size of files is then an error of the file that meets it.
    signal(SIGXFSZ, SIG_IGN)
    let cache = running.cache.location
    if let warning = cache.warning { Console.note(warning) }
    var job = try ResolvedJob(
      networks, images, sampling, output, hashes: FileHashes(cache.folder))
    job.notes.filter { !Console.isWarning($0) }.forEach(Console.note)
    job.isPainted = running.painting != nil
    let team = running.teams([Placement](repeating: .current, count: ranks))[0]
    var facts = PlanFacts(
      job, out: running.out, overwrite: output.overwrite, cache: cache.folder, ranks: ranks,
      team: team)
    do {
      facts.time = try time(facts)
    } catch let reason as NotTimed {
      facts.notTimed = reason.text
    }
    print(json ? try JSONText.of(PlanJSON(facts)) : PlanText(facts).text)
  }

  // MARK: - Time

  private struct NotTimed: Error {
    let text: String
  }

  /// From a few steps where that takes a moment, else from the last run in the folder.
  private func time(_ facts: PlanFacts) throws -> PlanFacts.Time {
    let isQuick = facts.weights.unpackedBytes(threads: facts.team.threads) <= Self.quickPacking
    if let run = facts.folder.lastRun, !(timing && isQuick) {
      let seconds = JobEstimate.secondsABatch(
        imagesASecond: run.imagesASecond, jobThreads: run.threads,
        batchSize: facts.job.recipe.batchSize, threads: facts.team.threads)
      return .init(source: .lastRun(run), estimate: facts.estimate(secondsABatch: seconds))
    }
    guard timing else { throw NotTimed(text: "--no-timing was given") }
    guard running.painting == nil else { throw NotTimed(text: "images are painted") }
    if !isQuick {
      Console.note(
        "timing a step; the weights are packed first, which may take a minute (--no-timing skips "
          + "this)")
    }
    let timing = try timeSteps(facts)
    let seconds = timing.seconds * Double(facts.timesteps.count)
    return .init(
      source: .measured(steps: timing.steps), estimate: facts.estimate(secondsABatch: seconds))
  }

  private func timeSteps(_ facts: PlanFacts) throws -> StepTiming {
    let (recipe, team) = (facts.job.recipe, facts.team)
    do throws(Failure) {
      try MemoryCheck(
        recipe, sharesWeights: facts.weights.cache != nil, placements: [.current], teams: [team]
      ).check()
    } catch {
      throw NotTimed(text: error.message)
    }
    team.takePlaces()
    let engine = try SamplingEngine(
      recipe, threads: team.availableThreads(note: Console.note), cache: facts.weights.cache,
      ownCopies: StartWarnings.ownCopies(ranks: 1, weights: facts.weights.bytes),
      note: Console.note)
    return try engine.timeSteps()
  }
}
