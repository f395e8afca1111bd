import ArgumentParser
import Program

/// `diffuse-mpi plan`: shows what a job would do.
struct Plan: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a job would do, how long it would take, and what its folder holds.",
    discussion: """
      Takes the options of a job, and changes nothing in its folder. A few steps are run to tell the \
      time; if the weights have not been packed yet, they are packed first, as the job would do.
      """)

  @OptionGroup var job: JobOptions

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

  func validate() throws {
    guard (1...Self.rankLimit).contains(ranks) else {
      throw ValidationError("--ranks is \(ranks); it must be from 1 to \(Self.rankLimit)")
    }
  }

  func run() throws {
    guard Console.isFirstRank else { return }
    let report = try PlanReport(
      job.request(), job.settings, ranks: ranks, timesSteps: timing)
    print(try report.text(asJSON: json))
  }
}
