import Compute
import Foundation
import Job
import Output

/// The decision whether a job resumes, replaces or refuses the one in its folder.
package enum EarlierJob {
  /// Returns the record of the job that this one resumes, or `nil` if there is none.
  ///
  /// - Parameters:
  ///   - overwrite: whether to remove the files of an earlier job.
  ///   - note: receives messages for the user.
  /// - Throws: a `Failure` if the folder has images that were made with different settings.
  package static func record(
    in folder: OutputFolder, for job: ResolvedJob, overwrite: Bool, note: (String) -> Void
  ) throws -> JobRecord? {
    guard let json = try earlierJob(in: folder) else { return nil }
    if overwrite {
      try checkImages(in: folder, areOf: json)
      try folder.removeEarlierJob()
      return nil
    }
    let earlier: JobRecord
    do {
      earlier = try JobRecord(json: json, folder: folder.path)
    } catch {
      // A job that was killed before it wrote its labels and seeds has no images.
      guard try !folder.holdsImages(), !folder.hasEntries else { throw error }
      try folder.removeEarlierJob()
      return nil
    }
    let differences = SettingsComparison(job, earlier).differences
    if differences.isEmpty {
      if let warning = warning(earlier) { note(warning) }
      return earlier
    }
    guard try folder.holdsImages() else {
      try folder.removeEarlierJob()
      return nil
    }
    throw Failure(
      "the output folder \(folder.path) holds images made with different settings: "
        + differences.joined(separator: "; ")
        + ". Use the same options to continue that job, choose another --out, or delete its images "
        + "with --overwrite",
      status: .usage)
  }

  private static func earlierJob(in folder: OutputFolder) throws -> Data? {
    do {
      return try folder.earlierJob()
    } catch let error as OutputError {
      if case .foreignJob = error { throw Failure(explaining: error, otherwise: .badData) }
      throw error
    }
  }

  /// Refuses to remove images that cannot come from the folder's job.
  private static func checkImages(in folder: OutputFolder, areOf json: Data) throws {
    guard let record = try? JobRecord(json: json, folder: folder.path),
      let found = try OutputFolder.firstImage(in: folder.path, notIn: record.catalog)
    else { return }
    throw Failure(
      "\(folder.path)/\(found) is not an image of the job in that folder, so --overwrite would remove "
        + "someone else's file. Nothing was changed: move it away, or choose another --out",
      status: .cannotWrite)
  }

  /// Returns a warning if this machine or program may round differently from the earlier one.
  private static func warning(_ earlier: JobRecord) -> String? {
    let here = place(Processor.instructionSet, Processor.libraryVersion, ProgramVersion.current)
    let there = place(of: earlier)
    guard here != there else { return nil }
    return
      "warning: the job was started with \(there) and is resumed with \(here): the remaining images "
      + "may differ in the last bits from those that the first would have generated"
  }

  /// Returns what may affect the last bits of the images of a job.
  static func place(of record: JobRecord) -> String {
    place(record.instructionSet, record.oneDNN, record.version)
  }

  private static func place(_ instructions: String, _ oneDNN: String, _ version: String) -> String {
    "\(instructions), oneDNN \(oneDNN), version \(version)"
  }
}
