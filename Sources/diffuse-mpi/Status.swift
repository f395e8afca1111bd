import ArgumentParser
import Foundation
import Job
import Output

/// `diffuse-mpi status`: how a job stands.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show how a job stands.",
    discussion: """
      Reads the status.json of its folder, which a running job rewrites every two seconds. Exit \
      codes: 0 all is there, 75 the job runs or was interrupted, else that of the job that failed.
      """)

  @Argument(
    help: ArgumentHelp("The folder that the job writes to.", valueName: "folder"),
    completion: .directory)
  var folder: String

  func run() throws {
    guard Console.isFirstRank else { return }
    let status: JobStatus
    do {
      status = try StatusFile.read(in: folder)
    } catch OutputError.system(_, let path, ENOENT) {
      throw Failure(
        "there is no \(path): name the folder that a job's --out names", status: .cannotRead)
    } catch {
      throw Failure(error, otherwise: .cannotRead)
    }
    let text = StatusText(status)
    print(text.text)
    fflush(nil)
    if text.exitCode != 0 { throw ExitCode(text.exitCode) }
  }
}
