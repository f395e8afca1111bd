import Job
import Machine
import Output

/// The output folder of a job as rank 0 sees it, with the job in it that this one resumes.
struct JobFolder {
  let job: ResolvedJob
  let folder: OutputFolder
  /// The record of the job in the folder, or `nil` for a new job.
  let earlier: JobRecord?
  let sink: FolderSink

  init(_ job: ResolvedJob, _ folder: OutputFolder, resuming earlier: JobRecord?) {
    self.job = job
    self.folder = folder
    self.earlier = earlier
    let side = job.recipe.imageSize
    sink = FolderSink(
      folder: folder, catalog: job.catalog, imageSize: side,
      check: ImageCheck(
        catalog: job.catalog, settings: earlier?.settings ?? job.settings, side: side))
  }

  /// The change of the folder, if the job in it has fewer images than this one.
  var growth: FolderGrowth? { FolderGrowth(folder, from: earlier, to: job) }

  /// Returns the contents of job.json.
  func record(_ teams: [ThreadAssignment]) -> JobRecord {
    guard let earlier else { return JobRecord(job, teams: teams) }
    return growth == nil
      ? earlier.continuedNow(classNames: job.classNames) : earlier.grownNow(to: job)
  }

  /// Opens the sink, and writes job.json with the labels and seeds where `FolderSink.open` says.
  ///
  /// - Parameters:
  ///   - looksInside: whether every existing image is decoded.
  ///   - afterJob: called each time job.json was written.
  /// - Returns: the images that already exist.
  func open(
    _ record: JobRecord, looksInside: Bool, afterJob: () throws -> Void = {}
  ) throws -> IndexBitmap {
    try sink.open(looksInside: looksInside) { folder in
      try folder.writeJob(record)
      try afterJob()
      if job.plan.labelsFile != nil && earlier == nil {
        try job.plan.writeEntries(to: OutputFolder.entriesPath(in: folder.path))
      }
    } note: {
      Console.note($0)
    }
  }
}
