import ArgumentParser
import Cache

/// Where a job writes and how it runs, which the images do not depend on.
struct RunOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Threads a rank computes with. (default: its share of the processors it may use)",
      valueName: "count"))
  var threads: Int?

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
}
