import ArgumentParser
import Arguments
import Compute
import Job
import Machine
import Messaging
import Program
import Wording

/// The options for the output folder and for the way in which a job runs. The images do not depend
/// on them.
struct RunOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Threads of each rank. (default: its share of the CPUs that it may use)",
      valueName: "count"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      """
      CPU pinning: whole ranks, single threads (faster if nothing else runs on the node, much \
      slower otherwise), or off. (default: ranks, unless --threads leaves CPUs to other programs)
      """,
      valueName: "what"))
  var pin: ThreadAssignment.Pinning?

  @Option(
    help: ArgumentHelp(
      """
      Widest instruction set to use, so that different processors generate the same bytes: \
      \(Processor.instructionSets.dropFirst().joined(separator: ", ")). (default: that of each \
      processor)
      """,
      valueName: "name"))
  var isa: String?

  @Option(
    help: ArgumentHelp("Output folder. An unfinished job in it is resumed.", valueName: "folder"),
    completion: .directory)
  var out: String = "samples"

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Make only the I-th of N parts of the images, in a folder in --out. The parts can be made \
      independently, for example by an array of jobs; diffuse-mpi merge joins them.
      """,
      valueName: "I/N"))
  var slice: String?

  @OptionGroup var cache: CacheOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Seconds of silence after which a rank's images are given to other ranks.",
      valueName: "seconds"))
  var lease: Double = 30

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Minutes to keep finished images in memory while the output folder cannot be written.",
      valueName: "minutes"))
  var diskWait: Double = 10

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Time after which something ends the job, in minutes or as HH:MM:SS or D-HH:MM:SS. No batch is \
      started that cannot end in time. (default: the end of the Slurm job; none for no limit)
      """,
      valueName: "time"))
  var timeLimit: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      """
      Draw how images emerge from noise, as trajectory-000000.png and so on: a number of first \
      images, or indices such as 0,7,20-22.
      """,
      valueName: "images"))
  var trajectory: String?

  @Option(
    help: ArgumentHelp(
      "File for the status in Prometheus's text format, updated every two seconds.",
      valueName: "file"),
    completion: .file())
  var metrics: String?

  @Option(
    help: ArgumentHelp(
      "Paint images instead of sampling them, each in this many milliseconds, to test jobs.",
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
    if let isa, !Processor.instructionSets.contains(isa) {
      throw ValidationError(
        "--isa is '\(isa.printable)'; choose one of "
          + Processor.instructionSets.joined(separator: ", "))
    }
    if let timeLimit, TimeLimit(timeLimit) == nil {
      throw ValidationError(
        "--time-limit is '\(timeLimit.printable)'; it must be minutes, HH:MM:SS, D-HH:MM:SS or none"
      )
    }
    if let slice, PlanSlice(slice) == nil {
      throw ValidationError(
        "--slice is \(slice.printable); write the number of the part and the number of parts, such "
          + "as 3/50, with at most \(PlanSlice.largestCount) parts")
    }
    if metrics?.isEmpty == true { throw ValidationError("--metrics is empty; name a file") }
    if quiet && verbose {
      throw ValidationError("--quiet and --verbose cannot be combined; choose one")
    }
    if out.isEmpty { throw ValidationError("--out is empty; name the folder to write to") }
  }

  var chosenSlice: PlanSlice? { slice.flatMap { PlanSlice($0) } }

  var settings: RunSettings {
    var settings = RunSettings(out: out, cache: cache.location)
    settings.threads = threads
    settings.pinning = pin
    settings.lease = Lease(.seconds(lease))
    settings.diskPatience = .seconds(diskWait * 60)
    settings.timeLimit = timeLimit.flatMap(TimeLimit.init)
    settings.instructionSet = isa
    settings.trajectory = trajectory
    settings.metrics = metrics
    settings.painting = painting
    settings.isVerbose = verbose
    settings.isQuiet = quiet
    return settings
  }
}

extension ThreadAssignment.Pinning: ExpressibleByArgument {}
