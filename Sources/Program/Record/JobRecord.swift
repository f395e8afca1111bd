import Compute
import Foundation
import Job
import Machine
import Output
import Recipe
import Wording

/// What job.json holds: every setting that the images depend on, and where they were made. With it
/// alone a folder can be continued and checked.
package struct JobRecord: Codable {
  package private(set) var program = "diffuse-mpi"
  package private(set) var version = ProgramVersion.current
  /// Of the first start.
  package private(set) var commandLine = CommandLine.arguments
  package private(set) var started = Self.now
  /// When the job was started again, if it was.
  package private(set) var continued: [String]?
  /// As in the text chunks of the images.
  package let settings: String
  package let recipe: SamplingRecipe
  /// Whether images are painted instead of sampled (`PaintingMaker`); `nil` is no.
  package let isPainted: Bool?
  /// The timesteps at which the networks are asked, ascending.
  package let timesteps: [Double]
  package let plan: ImagePlan
  /// The place in the plan of the job's first image, where the job makes a part of its plan.
  package let firstImage: Int?
  package let imageCount: Int
  package let format: OutputFormat
  /// By label, where they are known.
  package private(set) var classNames: [String]?
  package private(set) var instructionSet = Processor.instructionSet
  package private(set) var oneDNN = Processor.libraryVersion
  /// By rank, like the next two.
  package let hosts: [String]
  package let threads: [Int]
  /// The processors that a rank's threads keep to: `0-3,8`, or nothing.
  package let processors: [String]

  package init(_ job: ResolvedJob, teams: [ThreadAssignment]) {
    settings = job.settings
    recipe = job.recipe
    isPainted = job.isPainted ? true : nil
    timesteps = job.timesteps
    plan = job.plan
    firstImage = job.work.isWhole ? nil : job.work.indices.lowerBound
    imageCount = job.work.count
    format = job.format
    classNames = job.classNames
    hosts = teams.map(\.host)
    threads = teams.map(\.threads)
    processors = teams.map(\.processorList)
  }

  /// Reads a job.json back.
  ///
  /// - Parameter folder: where it lies, for errors.
  /// - Throws: a `Failure` unless this program wrote it, and nobody has changed it since.
  package init(json: Data, folder: String) throws(Failure) {
    do {
      let decoder = JSONDecoder()
      decoder.userInfo[ImagePlan.entriesKey] = OutputFolder.entriesPath(in: folder)
      self = try decoder.decode(JobRecord.self, from: json)
      try validate()
    } catch let failure as Failure where failure.status == .badData {
      // Of the labels and seeds beside it; a list that cannot be read is part of the damage.
      throw failure
    } catch {
      throw Failure(
        "\(folder)/job.json is damaged or was changed: \(Self.reason(error)); bring the file back as "
          + "it was, choose another --out, or start over with --overwrite",
        status: .badData)
    }
  }

  /// - Throws: an error when the values do not belong together, or are none that a job can have.
  private func validate() throws {
    guard recipe.isFinite, recipe.settings(isPainted: isPainted ?? false) == settings else {
      throw Damage("its recipe does not fit its settings, \(settings.printable)")
    }
    try recipe.validate()
    guard try timesteps == recipe.base.makeSolver().timesteps else {
      throw Damage("its timesteps do not fit its recipe")
    }
    guard firstImage != nil || imageCount == plan.count else {
      throw Damage("its plan has \(plan.count) images, but it says imageCount \(imageCount)")
    }
    let first = firstImage ?? 0
    guard first >= 0, imageCount >= 0, first <= plan.count, imageCount <= plan.count - first else {
      throw Damage("its plan has \(plan.count) images, and not all of its own are among them")
    }
    guard OutputFormat.shardSizes.contains(format.shardSize) else {
      throw Damage("shardSize is \(format.shardSize)")
    }
    guard classNames.map({ $0.count == recipe.classCount }) ?? true else {
      throw Damage(
        "it has \(classNames?.count ?? 0) classNames for \(recipe.classCount ?? 0) classes")
    }
  }

  private struct Damage: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      "it has no \(place(context.codingPath + [key]))"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "it is not JSON" : "\(place(context.codingPath)) does not hold a valid value"
    default: "\(error)"
    }
  }

  private static func place(_ path: [any CodingKey]) -> String {
    path.map { key in key.intValue.map { "\($0)" } ?? key.stringValue }.joined(separator: ".")
      .printable
  }

  /// The images that the job makes.
  package var work: Work {
    let first = firstImage ?? 0
    return Work(plan, indices: first..<first + imageCount)
  }

  /// What is known of the images without looking at them.
  package var catalog: ImageCatalog { catalog(classNames: classNames) }

  /// The same with other names.
  package func catalog(classNames: [String]?) -> ImageCatalog {
    ImageCatalog(
      work: work, format: format, classCount: recipe.classCount, classNames: classNames)
  }

  /// The record of a job that is resumed now, with the names it gives its images from here on.
  package func continuedNow(classNames: [String]?) -> JobRecord {
    var record = self
    record.continued = (continued ?? []) + [Self.now]
    record.classNames = classNames
    return record
  }

  private static var now: String { ISO8601DateFormatter().string(from: Date()) }
}
