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
      incomplete but otherwise valid; 65 problems found. In a folder of slices, each slice is \
      checked.
      """)

  @Argument(
    help: ArgumentHelp("The job's output folder.", valueName: "folder"),
    completion: .directory)
  var folder: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    guard Console.isFirstRank else { return }
    let (text, status) = try report()
    print(text)
    fflush(nil)
    if status != .success { throw ExitCode(status.rawValue) }
  }

  private func report() throws -> (text: String, status: ExitStatus) {
    if let slices = try SlicesVerification(folder: folder) {
      return (try slices.text(asJSON: json), slices.status)
    }
    let job = try VerifyReport(folder: folder)
    return (try job.text(asJSON: json), job.status)
  }
}
