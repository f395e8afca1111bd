import ArgumentParser
import Foundation
import Job
import Program

/// `diffuse-mpi verify`: checks the images of a job's folder.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a job's folder against its plan.",
    discussion: """
      Checks every image and changes nothing. Exit codes: 0 the folder is complete and correct; 75 \
      incomplete but otherwise valid; 65 problems found.
      """)

  @Argument(
    help: ArgumentHelp("The job's output folder.", valueName: "folder"),
    completion: .directory)
  var folder: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    guard Console.isFirstRank else { return }
    let report = try VerifyReport(folder: folder)
    print(try report.text(asJSON: json))
    fflush(nil)
    if report.status != .success { throw ExitCode(report.status.rawValue) }
  }
}
