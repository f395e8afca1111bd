import ArgumentParser
import Foundation
import Job
import Output

/// `diffuse-mpi verify`: whether a folder holds what its job was to make.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a job's folder against its plan.",
    discussion: """
      Looks into every image and changes nothing. Exit codes: 0 all is there and right, 75 nothing is \
      wrong but that images are missing, 65 something is wrong.
      """)

  @Argument(help: ArgumentHelp("The folder that the job wrote to.", valueName: "folder"))
  var folder: String

  func run() throws {
    guard Console.isFirstRank else { return }
    let job = try record()
    let display = VerifyProgress(total: job.plan.count)
    var check = FolderCheck(
      path: folder, catalog: job.catalog, settings: job.settings,
      side: job.recipe.unet.configuration.imageSize, progress: display.show)
    do {
      try check.run()
    } catch {
      throw Failure(error, otherwise: .cannotRead)
    }
    display.end()
    let report = VerifyReport(check, total: job.plan.count, folder: folder)
    print(report.text)
    fflush(nil)
    if report.status != .success { throw ExitCode(report.status.rawValue) }
  }

  private func record() throws -> JobRecord {
    let json: Data?
    do {
      json = try OutputFolder.job(in: folder)
    } catch {
      throw Failure(error, otherwise: .cannotRead)
    }
    guard let json else {
      throw Failure(
        "there is no \(folder)/job.json: name the folder that the job's --out named",
        status: .cannotRead)
    }
    return try JobRecord(json: json, folder: folder)
  }
}
