import Coordinator
import Foundation
import Job
import Machine
import Output

/// The images of a cascade's base stage, if they are kept. Their folder is that of a job that makes
/// only these images, so every command that takes a folder takes it.
final class KeptBase {
  private let files: JobFolder

  var sink: FolderSink { files.sink }

  /// The folder of the base images in the folder of a job.
  static func path(in folder: String) -> String { "\(folder)/base" }

  /// Locks the folder.
  ///
  /// - Parameters:
  ///   - cascade: the whole job.
  ///   - path: the folder of the whole job.
  ///   - overwrites: whether to remove the files of an earlier job.
  /// - Throws: a `Failure` if the folder has images that were made with different settings, or an
  ///   `OutputError`.
  init(of cascade: ResolvedJob, in path: String, overwrites: Bool) throws {
    let job = cascade.baseJob
    let folder = try OutputFolder(creating: Self.path(in: path), note: Console.note)
    let earlier = try EarlierJob.record(
      in: folder, for: job, overwrite: overwrites, note: Console.note)
    files = JobFolder(job, folder, resuming: earlier)
  }

  /// Prepares the folder.
  ///
  /// - Returns: the images that already exist.
  func open(_ teams: [ThreadAssignment], looksInside: Bool) throws -> IndexBitmap {
    let record = files.record(teams)
    try files.growth?.begin(record, ranks: teams.count, reporter)
    return try files.open(record, looksInside: looksInside)
  }

  /// Writes the final status once all images exist.
  func leave(ranks: Int) {
    let count = files.job.work.count
    reporter.leave(
      JobStatus(
        state: .complete, total: count, done: count, doneBefore: count,
        ranks: JobStatus.Ranks(total: ranks, alive: ranks)))
  }

  private var reporter: JobReporter {
    JobReporter(ProgressDisplay(.quiet)) { [folder = files.folder] in
      try? StatusFile.write($0, in: folder.path)
    }
  }
}
