import Job
import Output
import Wording

/// What a job will meet in its folder: told by `plan`, which changes nothing there.
package struct FolderState {
  package enum Kind: String, Encodable {
    /// Nothing of a job is there.
    case new
    /// An unfinished job of the same settings.
    case resumable
    /// All images exist.
    case complete
    /// A job of other settings has left no images.
    case replaced
    /// `--overwrite` removes what is there.
    case overwritten
    /// The job will end with an error.
    case refused
  }

  package let kind: Kind
  /// Images that exist, of this job or the earlier one.
  package let existing: Int
  /// Images of the earlier job.
  package let total: Int
  /// The mean size of those that exist.
  package let meanBytes: Int?
  /// Why the job will be refused.
  package let reasons: [String]
  /// How fast the earlier job was, where it is known.
  package let lastRun: LastRun?

  package struct LastRun {
    package let imagesASecond: Double
    package let ranks: Int
    /// Of all ranks together.
    package let threads: Int
  }

  package init(_ path: String, _ job: ResolvedJob, overwrite: Bool) {
    do {
      try self.init(reading: path, job, overwrite)
    } catch {
      self.init(.refused, total: 0, reasons: ["\(Failure(error, otherwise: .cannotRead).message)"])
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
    let differences = SettingsComparison(job, earlier).differences
    if differences.isEmpty {
      self.init(
        images.count == total ? .complete : .resumable, images, total: total,
        lastRun: LastRun(path, earlier))
    } else {
      self.init(
        images.count > 0 ? .refused : .replaced, images, total: earlier.imageCount,
        reasons: images.count > 0 ? differences : [])
    }
  }

  /// Images that the job will make.
  package func remaining(of total: Int) -> Int {
    kind == .resumable || kind == .complete ? total - existing : total
  }

  package var text: String {
    switch kind {
    case .new: "new: the folder is empty or does not exist"
    case .resumable:
      "will be resumed: \(existing) of \(counted(total, "image")) already exist, "
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
  /// From status.json, whose speed is that of the ranks it counts; they have as many threads as
  /// those of job.json.
  fileprivate init?(_ path: String, _ record: JobRecord) {
    guard let status = try? StatusFile.read(in: path), let rate = status.imagesPerSecond,
      rate.isFinite, rate > 1e-9, status.ranks.total > 0, !record.threads.isEmpty
    else { return nil }
    imagesASecond = rate
    ranks = status.ranks.total
    let each = Double(record.threads.reduce(0, +)) / Double(record.threads.count)
    threads = max(1, Int((each * Double(ranks)).rounded()))
  }
}
