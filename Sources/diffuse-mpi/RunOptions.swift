import ArgumentParser
import Cache
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

  @Option(help: ArgumentHelp("The folder to write to.", valueName: "folder"))
  var out: String = "samples"

  @OptionGroup var cache: CacheOptions

  @Flag(help: "Say more of what happens, for reports of problems.")
  var verbose = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is \(threads); it must be from 1 to 1024")
    }
    if out.isEmpty { throw ValidationError("--out is empty; name the folder to write to") }
  }

  /// What each rank computes with, by rank.
  func teams(_ placements: [Placement]) -> [Team] {
    zip(ProcessorShare.all(of: placements), placements).map { share, placement in
      Team(share, host: placement.host, threads: threads, pinning: pin)
    }
  }
}

extension Team.Pinning: ExpressibleByArgument {}
