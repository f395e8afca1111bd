import ArgumentParser
import Foundation
import Program

/// `diffuse-mpi status`: shows the status of a job.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a job's status.",
    discussion: """
      Reads the folder's status.json, which a running job rewrites every two seconds. Exit codes: 0 \
      the job is complete, 75 it is running or was interrupted, 66 there is no status, 65 the \
      status is damaged; for a job that failed, the job's own. For a folder of slices, the sum of \
      all slices is shown, and 0 means that all are complete.
      """)

  @Argument(
    help: ArgumentHelp("The job's output folder.", valueName: "folder"),
    completion: .directory)
  var folder: String

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if folder.isEmpty { throw ValidationError("the folder's name is empty; name the job's --out") }
  }

  func run() throws {
    guard Console.isFirstRank else { return }
    let (text, exitCode) = try report()
    print(text)
    fflush(nil)
    if exitCode != 0 { throw ExitCode(exitCode) }
  }

  private func report() throws -> (text: String, exitCode: Int32) {
    if let slices = try SlicesStatus(folder: folder) {
      return (try slices.text(asJSON: json), slices.exitCode)
    }
    let job = try StatusReport(folder: folder)
    return (try job.text(asJSON: json), job.exitCode)
  }
}
