import Coordinator
import Foundation
import Job
import Output

/// The change of a job's folder to that of a larger job, whose first images are those of the folder.
///
/// The images belong to both jobs, so a job that is killed at any point can be resumed.
struct FolderGrowth {
  private let folder: OutputFolder
  private let earlier: JobRecord
  private let plan: ImagePlan

  /// Returns `nil` if the job in the folder has as many images as `job`.
  init?(_ folder: OutputFolder, from earlier: JobRecord?, to job: ResolvedJob) {
    guard let earlier, earlier.plan.count < job.plan.count else { return nil }
    self.folder = folder
    self.earlier = earlier
    plan = job.plan
  }

  /// The number of images of the job in the folder.
  var formerCount: Int { earlier.imageCount }

  /// Replaces job.json, before anything else changes.
  ///
  /// - Parameters:
  ///   - record: the larger job.
  ///   - ranks: the number of ranks.
  ///   - reporter: gets the status of the larger job, because the old one says that the job is
  ///     complete.
  func begin(_ record: JobRecord, ranks: Int, _ reporter: JobReporter) throws {
    let existing = try ExistingImages(in: folder.path, catalog: earlier.catalog).count
    reporter.start(
      JobStatus(
        state: .starting, total: plan.count, done: existing, doneBefore: existing,
        ranks: JobStatus.Ranks(total: ranks, alive: ranks)))
    let entries = OutputFolder.entriesPath(in: folder.path)
    if plan.labelsFile != nil { try plan.writeEntries(to: entries) }
    // New class names are written when the old ones are recorded (`ClassRenaming`).
    try folder.writeJob(record.named(earlier.classNames))
    if plan.labelsFile == nil { unlink(entries) }
  }
}
