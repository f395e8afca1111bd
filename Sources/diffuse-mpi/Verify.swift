import ArgumentParser
import Foundation
import Job
import Output
import Program

/// `diffuse-mpi verify`: whether a folder holds what its job is to make.
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
    let job = try record()
    let display = VerifyProgress(total: job.plan.count)
    var check = FolderCheck(
      path: folder, catalog: job.catalog, settings: job.settings,
      side: job.recipe.imageSize, progress: display.show)
    do {
      try check.run()
    } catch {
      throw Failure(error, otherwise: .cannotRead)
    }
    display.end()
    let report = VerifyReport(check, total: job.plan.count, folder: folder)
    print(
      json
        ? try JSONText.of(VerifyJSON(check, report, total: job.plan.count, folder: folder))
        : report.text)
    fflush(nil)
    if report.status != .success { throw ExitCode(report.status.rawValue) }
  }

  private func record() throws -> JobRecord {
    let json: Data?
    do {
      json = try OutputFolder.readJob(in: folder)
    } catch {
      throw Failure(error, otherwise: .cannotRead)
    }
    guard let json else {
      throw Failure(
        "there is no \(folder)/job.json: give the folder that the job's --out names",
        status: .cannotRead)
    }
    return try JobRecord(json: json, folder: folder)
  }
}
