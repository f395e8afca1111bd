import ArgumentParser
import Foundation
import Job
import Output
import Program

/// `diffuse-mpi status`: a job's status.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a job's status.",
    discussion: """
      Reads the folder's status.json, which a running job rewrites every two seconds. Exit codes: 0 \
      the job is complete, 75 it is running or was interrupted, 66 there is no status, 65 the \
      status is damaged; for a job that failed, the job's own.
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
    let status = try Self.status(in: folder)
    let text = StatusText(status)
    print(json ? try JSONText.of(StatusJSON(status, text, folder: folder)) : text.text)
    fflush(nil)
    if text.exitCode != 0 { throw ExitCode(text.exitCode) }
  }

  /// The status of the job in `folder`, with nothing impossible in it.
  ///
  /// - Throws: a `Failure`.
  private static func status(in folder: String) throws -> JobStatus {
    let path = "\(folder)/\(StatusFile.name)"
    do {
      let status = try StatusFile.read(in: folder)
      guard let fault = status.fault() else { return status }
      throw Failure("\(path): \(fault); \(remedy)", status: .badData)
    } catch OutputError.unreadableStatus {
      throw Failure(
        "\(path) does not hold what this program writes there; \(remedy)", status: .badData)
    } catch OutputError.system(_, _, let code) where [ENOENT, ENOTDIR].contains(code) {
      throw Failure(
        "there is no \(path): give the folder that the job's --out names", status: .cannotRead)
    } catch {
      throw Failure(error, otherwise: .cannotRead)
    }
  }

  private static let remedy =
    "the file may have been edited or damaged. Running the same command again rewrites it, and "
    + "diffuse-mpi verify checks the images without it"
}
