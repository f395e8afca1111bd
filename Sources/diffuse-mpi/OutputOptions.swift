import ArgumentParser
import Files
import Output
import Program

/// The options for the format of the images, and for existing images.
struct OutputOptions: ParsableArguments {
  /// The ranks that write the files of the images.
  enum Writer: String, CaseIterable, ExpressibleByArgument {
    case coordinator
    case ranks
  }

  @Option(
    help: ArgumentHelp(
      "Numbered PNG files (png), or WebDataset shards of --shard-size images (tar).",
      valueName: "form"))
  var format: OutputFormat.Container = .png

  @Option(
    help: ArgumentHelp(
      """
      Folders of the numbered files: flat (a single folder), subdirs (a thousand images in each \
      folder), or classes (one folder for each class). (default: flat)
      """,
      valueName: "layout"))
  var layout: OutputFormat.Layout?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Images in each shard. (default: \(standardShardSize))", valueName: "count"))
  var shardSize: Int?

  @Flag(help: "Write images with a single grey channel instead of RGB.")
  var grayscale = false

  @Flag(help: "Also write guided-diffusion's samples_NxHxWx3.npz at the end.")
  var npz = false

  @Option(
    help: ArgumentHelp(
      "Who writes the images: coordinator (rank 0), or ranks (every rank, to a shared folder).",
      valueName: "who"))
  var write: Writer = .coordinator

  @Flag(help: "Delete the images of an earlier job in the folder and start over.")
  var overwrite = false

  @Flag(help: "Check existing images completely before resuming; damaged ones are generated again.")
  var verify = false

  static let standardShardSize = 1000

  func validate() throws {
    if let layout, format == .tar {
      throw ValidationError(
        "--layout \(layout.rawValue) is for numbered files, but --format tar writes shards; leave one "
          + "out")
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
        "--write ranks cannot be combined with --format tar: a shard holds images of all ranks, so "
          + "one process must write it; leave one out")
    }
    if overwrite && verify {
      throw ValidationError(
        "--overwrite deletes the images that --verify would check; leave one out")
    }
  }

  var outputFormat: OutputFormat {
    OutputFormat(
      container: format, layout: layout ?? .flat, shardSize: shardSize ?? Self.standardShardSize,
      isGrayscale: grayscale, writesNPZ: npz)
  }
}

extension OutputOptions {
  /// Returns the settings of a job's run that both groups of options determine.
  func settings(_ running: RunOptions) -> RunSettings {
    var settings = running.settings
    settings.overwrites = overwrite
    settings.verifies = verify
    settings.ranksWrite = write == .ranks
    return settings
  }
}

extension OutputFormat.Container: ExpressibleByArgument {}
extension OutputFormat.Layout: ExpressibleByArgument {}
