import ArgumentParser
import Foundation
import Job
import Program

/// `diffuse-mpi compare`: shows images of several sources side by side.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show images of several sources side by side, class by class.",
    discussion: """
      A source is an output folder, an npz file of guided-diffusion, or a folder of PNG files, which \
      may have one subfolder for each class. Writes compare.png, and compare.html with images of \
      their own size. Images with the same class and seed are put at the same place if all sources \
      know the seeds.
      """)

  @Argument(
    help: ArgumentHelp("Folders of images, and npz files.", valueName: "source"),
    completion: .file())
  var sources: [String]

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Names of the sources: base,upsampled. (default: the last part of each path)",
      valueName: "names"))
  var names: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Classes to show: 1,2,5-10 or names. (default: all that the sources have in common)",
      valueName: "classes"))
  var classes: String?

  @Option(
    help: ArgumentHelp(
      "Largest number of images of each class and source. (default: 4; 16 without labels)",
      valueName: "n"))
  var perClass: Int?

  @Option(
    help: ArgumentHelp(
      "Longer side of the images in pixels. (default: 64 to 128, depending on their size)",
      valueName: "pixels"))
  var cellSize: Int?

  @Option(
    help: ArgumentHelp("Folder of compare.png and compare.html.", valueName: "folder"),
    completion: .directory)
  var out: String = "."

  func validate() throws {
    try Self.check(perClass, "--per-class", CompareReport.imageCounts)
    try Self.check(cellSize, "--cell-size", CompareReport.cellSizes)
    if sources.contains("") || out == "" { throw ValidationError("a path is empty") }
  }

  private static func check(
    _ value: Int?, _ option: String, _ range: ClosedRange<Int>
  ) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError(
      "\(option) is \(value); it must be from \(range.lowerBound) to \(range.upperBound)")
  }

  func run() throws {
    guard Console.isFirstRank else { return }
    var request = CompareReport.Request(sources: sources)
    request.names = names
    request.classes = classes
    request.perClass = perClass
    request.cellSize = cellSize
    request.out = out
    print(try CompareReport(request).write())
  }
}
