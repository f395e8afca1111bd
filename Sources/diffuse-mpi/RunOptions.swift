import ArgumentParser
import Cache
import Job
import Messaging

/// Where a job writes and how it runs, which the images do not depend on.
struct RunOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Threads a rank computes with. (default: its share of the processors it may use)",
      valueName: "count"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      """
      What keeps to processors of its own: ranks, threads (faster where nothing else runs, much \
      slower where something does), or off. (default: ranks, unless --threads leaves processors \
      to others)
      """,
      valueName: "what"))
  var pin: Team.Pinning?

  @Option(
    help: ArgumentHelp("The folder to write to.", valueName: "folder"), completion: .directory)
  var out: String = "samples"

  @OptionGroup var cache: CacheOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Seconds of silence after which a rank's images are given to others.",
      valueName: "seconds"))
  var lease: Double = 30

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Minutes to wait, with finished images kept in memory, when the folder cannot be written to.",
      valueName: "minutes"))
  var diskWait: Double = 10

  @Option(
    help: ArgumentHelp(
      "A file for Prometheus's text format, rewritten every two seconds.", valueName: "file"),
    completion: .file())
  var metrics: String?

  @Option(
    help: ArgumentHelp(
      "Paint images instead of sampling them, each in so many milliseconds: for trying what happens to jobs.",
      valueName: "milliseconds", visibility: .hidden))
  var painting: Double?

  @Flag(help: "Print more detail, for bug reports.")
  var verbose = false

  @Flag(help: "Print only warnings and errors.")
  var quiet = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is \(threads); it must be from 1 to 1024")
    }
    guard lease >= 1, lease <= 86400 else {
      throw ValidationError("--lease is \(lease); it must be from 1 to 86400 seconds")
    }
    guard diskWait >= 0, diskWait <= 10080 else {
      throw ValidationError("--disk-wait is \(diskWait); it must be from 0 to 10080 minutes")
    }
    if metrics?.isEmpty == true { throw ValidationError("--metrics is empty; name a file") }
    if quiet && verbose {
      throw ValidationError("--quiet and --verbose cannot be combined; choose one")
    }
    if out.isEmpty { throw ValidationError("--out is empty; name the folder to write to") }
  }

  var diskPatience: Duration { .seconds(diskWait * 60) }

  var leaseOfRanks: Lease { Lease(.seconds(lease)) }

  /// What each rank computes with, by rank.
  func teams(_ placements: [Placement]) -> [Team] {
    zip(ProcessorShare.all(of: placements), placements).map { share, placement in
      Team(share, host: placement.host, threads: threads, pinning: pin)
    }
  }
}

extension Team.Pinning: ExpressibleByArgument {}
