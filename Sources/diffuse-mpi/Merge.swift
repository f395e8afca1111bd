import ArgumentParser
import Program

/// `diffuse-mpi merge`: joins slices.
struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Join the slices of a job, made with --slice.",
    discussion: """
      With one folder and no --out, the slices in it are moved together, so that the folder is that \
      of one job that made all images. With --out, the slices of several folders are copied to a new \
      one. A merge that was interrupted continues when it is run again. Exit codes: 0 merged, 75 \
      slices are missing or incomplete, 64 they belong to different jobs, 65 a slice is damaged.
      """)

  @Argument(
    help: ArgumentHelp(
      "The --out of the slices, or folders of single slices.", valueName: "folder"),
    completion: .directory)
  var folders: [String]

  @Option(
    help: ArgumentHelp(
      "The folder of the whole job. (default: the folder of the slices)", valueName: "folder"),
    completion: .directory)
  var out: String?

  @Flag(help: "Move the files to --out and remove the slices, instead of copying.")
  var move = false

  func validate() throws {
    if folders.contains("") || out == "" { throw ValidationError("a folder's name is empty") }
    if folders.count > 1 && out == nil {
      throw ValidationError("several folders are merged to a new one; name it with --out")
    }
    if move && out == nil {
      throw ValidationError("--move belongs to --out; leave it out, or name a folder with --out")
    }
  }

  func run() throws {
    guard Console.isFirstRank else { return }
    print(try MergeRun(folders, out: out, moves: move).run())
  }
}
