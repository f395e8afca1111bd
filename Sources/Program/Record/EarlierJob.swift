import Compute
import Foundation
import Job
import Output

/// How a job continues, replaces or refuses the one in its folder.
package enum EarlierJob {
  /// The record of the job that this one continues; nil when there is none.
  ///
  /// - Parameters:
  ///   - overwrite: whether to remove what an earlier job made.
  ///   - note: told what the user should know.
  /// - Throws: a `Failure` when the folder holds images made with different settings.
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
      // A job that was killed before it had written its labels and seeds has made nothing.
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
      if case .foreignJob = error { throw Failure(error, otherwise: .badData) }
      throw error
    }
  }

  /// Refuses to remove images that the folder's job cannot have made.
  private static func checkImages(in folder: OutputFolder, areOf json: Data) throws {
    guard let record = try? JobRecord(json: json, folder: folder.path),
      let found = try folder.firstImage(notIn: record.catalog)
    else { return }
    throw Failure(
      "\(folder.path)/\(found) is not an image of the job in that folder, so --overwrite would remove "
        + "someone else's file. Nothing was changed: move it away, or choose another --out",
      status: .cannotWrite)
  }

  /// A warning when this machine or program may round differently from the one before.
  private static func warning(_ earlier: JobRecord) -> String? {
    let here = place(Processor.instructionSet, Processor.libraryVersion, ProgramVersion.current)
    let there = place(earlier.instructionSet, earlier.oneDNN, earlier.version)
    guard here != there else { return nil }
    return
      "warning: the job was started with \(there) and is resumed with \(here): the remaining images "
      + "may differ in the last bits from those that the first would have generated"
  }

  private static func place(_ instructions: String, _ oneDNN: String, _ version: String) -> String {
    "\(instructions), oneDNN \(oneDNN), version \(version)"
  }
}
