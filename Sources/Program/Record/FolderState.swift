import Job
import Output
import Wording

/// The state of a job's folder, as shown by `plan`, which does not change anything in it.
package struct FolderState {
  package enum Kind: String, Encodable {
    /// The folder has no files of a job.
    case new
    /// The folder has an unfinished job with the same settings.
    case resumable
    /// The folder has a job with the same settings and fewer images.
    case growing
    /// All images exist.
    case complete
    /// The folder has a job with other settings, but no images.
    case replaced
    /// `--overwrite` will remove the existing job.
    case overwritten
    /// The job will end with an error.
    case refused
  }

  package let kind: Kind
  /// The number of existing images, of this job or the earlier one.
  package let existing: Int
  /// The number of images of the earlier job.
  package let total: Int
  /// The mean size of the existing images.
  package let meanBytes: Int?
  /// The reasons why the job will be refused.
  package let reasons: [String]
  /// The speed of the earlier job, if it is known.
  package let lastRun: LastRun?

  package struct LastRun {
    package let imagesPerSecond: Double
    package let ranks: Int
    /// The threads of all ranks together.
    package let threads: Int
  }

  /// - Parameter out: the folder that `--out` names. A slice has a folder in it.
  package init(_ out: String, _ job: ResolvedJob, overwrite: Bool) {
    do {
      try SliceRules.neighbour(of: job, in: out)
      try self.init(reading: SliceFolders.path(of: job.slice, in: out), job, overwrite)
    } catch {
      self.init(
        .refused, total: 0,
        reasons: [Failure(explaining: error, otherwise: .cannotRead).message])
    }
  }

  private init(
    _ kind: Kind, _ images: ExistingImages? = nil, total: Int, reasons: [String] = [],
    lastRun: LastRun? = nil
  ) {
    self.kind = kind
    self.total = total
    self.reasons = reasons
    self.lastRun = lastRun
    existing = images?.count ?? 0
    meanBytes = images?.meanBytes
  }

  private init(reading path: String, _ job: ResolvedJob, _ overwrite: Bool) throws {
    let total = job.work.count
    guard let json = try OutputFolder.earlierJob(in: path) else {
      self.init(.new, total: total)
      return
    }
    if overwrite {
      let earlier = try? JobRecord(json: json, folder: path)
      let images = try ExistingImages(in: path, catalog: earlier?.catalog ?? job.catalog)
      self.init(.overwritten, images, total: earlier?.imageCount ?? total)
      return
    }
    let earlier = try JobRecord(json: json, folder: path)
    let images = try ExistingImages(in: path, catalog: earlier.catalog)
    let comparison = SettingsComparison(job, earlier)
    let differences = comparison.differences
    if differences.isEmpty {
      let kind = comparison.grows ? Kind.growing : .resumable
      self.init(
        images.count == total ? .complete : kind, images, total: total,
        lastRun: LastRun(path, earlier))
    } else {
      self.init(
        images.count > 0 ? .refused : .replaced, images, total: earlier.imageCount,
        reasons: images.count > 0 ? differences : [])
    }
  }

  /// Returns the number of images that the job will generate.
  package func remaining(of total: Int) -> Int {
    [.resumable, .growing, .complete].contains(kind) ? total - existing : total
  }

  package var text: String {
    switch kind {
    case .new: "new: the folder is empty or does not exist"
    case .resumable:
      "will be resumed: \(existing) of \(counted(total, "image")) already exist, "
        + "\(total - existing) to be generated"
    case .growing:
      "will grow: \(existing) of \(counted(total, "image")) already exist, "
        + "\(total - existing) to be generated"
    case .complete: "complete: all \(counted(total, "image")) exist"
    case .replaced: "new: the folder holds a job with other settings, but no images"
    case .overwritten: "new: --overwrite will remove \(counted(existing, "existing image"))"
    case .refused where existing > 0:
      "will be refused: the folder holds \(counted(existing, "image")) of a job with other settings: "
        + reasons.joined(separator: "; ")
    case .refused: "will be refused: " + reasons.joined(separator: "; ")
    }
  }
}

extension FolderState.LastRun {
  /// Reads the speed from status.json. It is that of the ranks counted there, which have as many
  /// threads as those in job.json.
  fileprivate init?(_ path: String, _ record: JobRecord) {
    guard let status = try? StatusFile.read(in: path), let rate = status.imagesPerSecond,
      rate.isFinite, rate > 1e-9, status.ranks.total > 0, !record.threads.isEmpty
    else { return nil }
    imagesPerSecond = rate
    ranks = status.ranks.total
    let each = Double(record.threads.reduce(0, +)) / Double(record.threads.count)
    threads = max(1, Int((each * Double(ranks)).rounded()))
  }
}
