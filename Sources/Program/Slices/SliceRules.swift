import Job
import Output

/// The rules about slices and whole jobs in one output folder.
enum SliceRules {
  /// Refuses a job that does not fit what its output folder contains. A slice must agree with the
  /// other slices, and no whole job may be there. A whole job may not be where slices are.
  ///
  /// - Parameter out: the folder of the whole job.
  /// - Returns: the record of another slice, if there is one.
  @discardableResult
  static func neighbour(of job: ResolvedJob, in out: String) throws -> JobRecord? {
    guard let slice = job.slice else {
      guard try SliceFolders.exist(in: out) else { return nil }
      throw try holdsSlices(out)
    }
    guard try OutputFolder.earlierJob(in: out) == nil else {
      throw try holdsWholeJob(out, slice)
    }
    guard let other = try SliceFolders.neighbour(of: slice, in: out),
      let json = try OutputFolder.readJob(in: other.path)
    else { return nil }
    guard other.slice.count == slice.count else {
      throw Failure(
        "--slice \(slice.text): the output folder \(out) holds slices of \(other.slice.count), such as "
          + "\(other.path); give --slice I/\(other.slice.count), or choose another --out",
        status: .usage)
    }
    let record = try JobRecord(json: json, folder: other.path, knownPlan: job.plan)
    let differences = SettingsComparison(ofSlices: job, record).differences
    guard differences.isEmpty else {
      throw Failure(
        "the other slices in \(out) have different settings: \(differences.joined(separator: "; ")) "
          + "in \(other.path). Give all slices the same options, or choose another --out",
        status: .usage)
    }
    return record
  }

  private static func holdsSlices(_ out: String) throws -> Failure {
    try OutputFolder.readJob(in: out) == nil
      ? Failure(
        "the output folder \(out) holds slices of a job: make the missing ones with --slice, join "
          + "them with diffuse-mpi merge \(out), or choose another --out", status: .usage)
      : Failure(
        SlicesStatus.isMergingText(out), status: .usage)
  }

  private static func holdsWholeJob(_ out: String, _ slice: PlanSlice) throws -> Failure {
    try SliceFolders.exist(in: out)
      ? holdsSlices(out)
      : Failure(
        "--slice \(slice.text): the output folder \(out) holds a whole job, made without --slice or "
          + "merged from slices; leave out --slice, or choose another --out", status: .usage)
  }
}
