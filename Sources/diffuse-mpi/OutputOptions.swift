import ArgumentParser
import Output

/// In which form a job's images are kept, and what happens to those that are there.
struct OutputOptions: ParsableArguments {
  /// Who writes the images' files.
  enum Writer: String, CaseIterable, ExpressibleByArgument {
    case coordinator
    case ranks
  }

  @Option(
    help: ArgumentHelp(
      "png: numbered files; tar: WebDataset shards of --shard-size images.", valueName: "form"))
  var format: OutputFormat.Container = .png

  @Option(
    help: ArgumentHelp(
      """
      Where the numbered files lie: flat (all in one folder), subdirs (a thousand a folder), or \
      classes (a folder a class). (default: flat)
      """,
      valueName: "layout"))
  var layout: OutputFormat.Layout?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Images a shard. (default: \(standardShardSize))", valueName: "count"))
  var shardSize: Int?

  @Flag(help: "Write grey images of one channel instead of RGB.")
  var grayscale = false

  @Flag(help: "Write guided-diffusion's samples_NxHxWx3.npz too, at the end.")
  var npz = false

  @Option(
    help: ArgumentHelp(
      "Who writes the images: coordinator (rank 0), or ranks (each its own, to a shared folder).",
      valueName: "who"))
  var write: Writer = .coordinator

  @Flag(help: "Remove what an earlier job left in the folder, and start anew.")
  var overwrite = false

  @Flag(
    help:
      "Look into every image that is there before going on; those that are damaged are made again."
  )
  var verify = false

  static let standardShardSize = 1000

  func validate() throws {
    if let layout, format == .tar {
      throw ValidationError(
        "--layout \(layout.rawValue) says where numbered files lie, but --format tar writes shards; "
          + "leave one out")
    }
    if let shardSize, format != .tar {
      throw ValidationError(
        "--shard-size \(shardSize) belongs to --format tar; add that, or leave it out")
    }
    if let shardSize, !OutputFormat.shardSizes.contains(shardSize) {
      throw ValidationError(
        "--shard-size is \(shardSize); it must be from \(OutputFormat.shardSizes.lowerBound) to "
          + "\(OutputFormat.shardSizes.upperBound)")
    }
    if write == .ranks && format == .tar {
      throw ValidationError(
        "--write ranks cannot be had with --format tar: a shard gathers images of all ranks, so one "
          + "process must write it; leave one out")
    }
    if overwrite && verify {
      throw ValidationError("--overwrite removes what --verify would look into; leave one out")
    }
  }

  var outputFormat: OutputFormat {
    OutputFormat(
      container: format, layout: layout ?? .flat, shardSize: shardSize ?? Self.standardShardSize,
      isGrayscale: grayscale, writesNPZ: npz)
  }
}

extension OutputFormat.Container: ExpressibleByArgument {}
extension OutputFormat.Layout: ExpressibleByArgument {}
