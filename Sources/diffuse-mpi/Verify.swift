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

  @Argument(
    help: ArgumentHelp("The folder that the job wrote to.", valueName: "folder"),
    completion: .directory)
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
    let path = "\(folder)/job.json"
    guard FileManager.default.fileExists(atPath: path) else {
      throw Failure(
        "there is no \(path): name the folder that the job's --out named", status: .cannotRead)
    }
    guard let json = FileManager.default.contents(atPath: path) else {
      throw Failure("cannot read \(path)", status: .cannotRead)
    }
    return try JobRecord(json: json, folder: folder)
  }
}
