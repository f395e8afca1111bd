import Compute
import Foundation
import Job
import Messaging
import Output
import Worker

/// What job.json holds: every setting that the images depend on, and where they were made. With it
/// alone a folder can be continued and checked.
struct JobRecord: Codable {
  private(set) var program = "diffuse-mpi"
  private(set) var version = ProgramVersion.current
  /// Of the first start.
  private(set) var commandLine = CommandLine.arguments
  private(set) var started = Self.now
  /// When the job was started again, if it was.
  private(set) var continued: [String]?
  /// As in the text chunks of the images.
  let settings: String
  let recipe: SamplingRecipe
  /// The trained timesteps that are kept, ascending.
  let timesteps: [Int]
  let plan: ImagePlan
  let imageCount: Int
  let format: OutputFormat
  /// By label, where they are known.
  let classNames: [String]?
  private(set) var instructionSet = Processor.instructionSet
  private(set) var oneDNN = Processor.libraryVersion
  /// By rank, like the next two.
  let hosts: [String]
  let threads: [Int]
  /// The processors that a rank's threads keep to: `0-3,8`, or nothing.
  let processors: [String]

  init(_ job: ResolvedJob, teams: [Team]) {
    settings = job.recipe.hash
    recipe = job.recipe
    timesteps = (try? job.recipe.makeSampler().diffusion.timesteps) ?? []
    plan = job.plan
    imageCount = job.plan.count
    format = job.format
    classNames = job.classNames
    hosts = teams.map(\.host)
    threads = teams.map(\.threads)
    processors = teams.map(\.processorList)
  }

  /// Reads a job.json back.
  ///
  /// - Parameter folder: where it lies, for errors.
  /// - Throws: a `Failure` unless this program wrote it.
  init(json: Data, folder: String) throws(Failure) {
    do {
      let decoder = JSONDecoder()
      decoder.userInfo[ImagePlan.entriesKey] = OutputFolder.entriesPath(in: folder)
      self = try decoder.decode(JobRecord.self, from: json)
      guard imageCount == plan.count, format.shardSize > 0 else {
        throw CocoaError(.coderInvalidValue)
      }
    } catch let failure as Failure where failure.status == .badData {
      // Of the labels and seeds beside it; a list that cannot be read is part of the damage.
      throw failure
    } catch {
      throw Failure(
        "\(folder)/job.json is damaged, or of another version of the program, so it cannot be told "
          + "what the images there are: choose another --out, or start anew with --overwrite",
        status: .badData)
    }
  }

  /// What is known of the images without looking at them.
  var catalog: ImageCatalog {
    ImageCatalog(
      plan: plan, format: format, classCount: recipe.classCount, classNames: classNames)
  }

  /// The record of a job that goes on now.
  var continuedNow: JobRecord {
    var record = self
    record.continued = (continued ?? []) + [Self.now]
    return record
  }

  private static var now: String { ISO8601DateFormatter().string(from: Date()) }
}
