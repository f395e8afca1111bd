import Coordinator
import Foundation
import Job
import Machine
import Output

/// The images of a cascade's base stage, if they are kept. Their folder is that of a job that makes
/// only these images, so every command that takes a folder takes it.
final class KeptBase {
  let sink: FolderSink
  private let job: ResolvedJob
  private let folder: OutputFolder
  /// The record of the job in the folder that this one resumes.
  private let earlier: JobRecord?

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
    folder = try OutputFolder(creating: Self.path(in: path), note: Console.note)
    earlier = try EarlierJob.record(
      in: folder, for: job, overwrite: overwrites, note: Console.note)
    self.job = job
    let side = job.recipe.imageSize
    sink = FolderSink(
      folder: folder, catalog: job.catalog, imageSize: side,
      check: ImageCheck(
        catalog: job.catalog, settings: earlier?.settings ?? job.settings, side: side))
  }

  /// Prepares the folder.
  ///
  /// - Returns: the images that already exist.
  func open(_ teams: [ThreadAssignment], looksInside: Bool) throws -> IndexBitmap {
    let growth = FolderGrowth(folder, from: earlier, to: job)
    let record =
      growth == nil
      ? earlier?.continuedNow(classNames: job.classNames) : earlier?.grownNow(to: job)
    let current = record ?? JobRecord(job, teams: teams)
    try growth?.begin(current, ranks: teams.count, reporter)
    return try sink.open(looksInside: looksInside) { folder in
      try folder.writeJob(current)
      if job.plan.labelsFile != nil && earlier == nil {
        try job.plan.writeEntries(to: OutputFolder.entriesPath(in: folder.path))
      }
    } note: {
      Console.note($0)
    }
  }

  /// Writes the final status once all images exist.
  func leave(ranks: Int) {
    let count = job.work.count
    reporter.leave(
      JobStatus(
        state: .complete, total: count, done: count, doneBefore: count,
        ranks: JobStatus.Ranks(total: ranks, alive: ranks)))
  }

  private var reporter: JobReporter {
    JobReporter(ProgressDisplay(.quiet)) { [folder] in
      try? StatusFile.write($0, in: folder.path)
    }
  }
}
