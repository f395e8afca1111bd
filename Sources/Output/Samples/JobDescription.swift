import Foundation
import Job

/// What the images of a job's folder are, from its job.json. Other values there are not read, so
/// folders of other versions can be read too.
struct JobDescription {
  /// The hash of the settings, as in the text chunks of the images.
  let settings: String
  let work: Work
  let format: OutputFormat
  let classNames: [String]?

  var catalog: ImageCatalog {
    ImageCatalog(work: work, format: format, classCount: nil, classNames: classNames)
  }

  /// - Parameter folder: the folder of job.json.
  /// - Throws: `SampleError` if this program did not write the file, or if it is damaged.
  init(_ json: Data, folder: String) throws(SampleError) {
    let path = "\(folder)/\(FolderNames.job)"
    let record: Record
    do {
      let decoder = JSONDecoder()
      decoder.userInfo[ImagePlan.entriesKey] = OutputFolder.entriesPath(in: folder)
      record = try decoder.decode(Record.self, from: json)
    } catch let failure as Failure {
      // The message names the labels and seeds next to job.json.
      throw .badData(path: path, reason: failure.message)
    } catch {
      throw .badData(path: path, reason: "was not written by this program, or is damaged")
    }
    let first = record.firstImage ?? 0
    guard record.program == "diffuse-mpi", first >= 0, record.imageCount >= 0,
      first <= record.plan.count, record.imageCount <= record.plan.count - first,
      OutputFormat.shardSizes.contains(record.format.shardSize)
    else { throw .badData(path: path, reason: "was not written by this program, or is damaged") }
    settings = record.settings
    work = Work(record.plan, indices: first..<first + record.imageCount)
    format = record.format
    classNames = record.classNames
  }

  private struct Record: Decodable {
    let program: String
    let settings: String
    let plan: ImagePlan
    let firstImage: Int?
    let imageCount: Int
    let format: OutputFormat
    let classNames: [String]?
  }
}
