import Compute
import Foundation
import Job
import Machine
import Output
import Recipe
import Wording

/// The contents of job.json: every setting that affects the images, and where they were generated.
/// It is enough to resume or verify a folder.
package struct JobRecord: Codable {
  package private(set) var program = "diffuse-mpi"
  package private(set) var version = ProgramVersion.current
  /// The command line of the first start, or of the one with which the job grew.
  package private(set) var commandLine = CommandLine.arguments
  package private(set) var started = Self.now
  /// The times at which the job was resumed.
  package private(set) var continued: [String]?
  /// The hash of the settings, as in the text chunks of the images.
  package let settings: String
  package let recipe: SamplingRecipe
  /// Whether images are painted instead of sampled (`PaintingMaker`). `nil` means no.
  package let isPainted: Bool?
  /// The timesteps at which the networks are evaluated, in ascending order.
  package let timesteps: [Double]
  package private(set) var plan: ImagePlan
  /// The part of the plan that the job covers, if the plan is divided.
  package private(set) var slice: PlanSlice?
  /// The plan's index of the first image, if the job covers a part of its plan.
  package private(set) var firstImage: Int?
  package private(set) var imageCount: Int
  package let format: OutputFormat
  /// The class names by label, if they are known.
  package private(set) var classNames: [String]?
  package private(set) var instructionSet = Processor.instructionSet
  package private(set) var oneDNN = Processor.libraryVersion
  /// The host of each rank. The next two are by rank too.
  package private(set) var hosts: [String]
  package private(set) var threads: [Int]
  /// The processors to which each rank is bound, such as `0-3,8`, or an empty text.
  package private(set) var processors: [String]

  package init(_ job: ResolvedJob, teams: [ThreadAssignment]) {
    settings = job.settings
    recipe = job.recipe
    isPainted = job.isPainted ? true : nil
    timesteps = job.timesteps
    plan = job.plan
    slice = job.slice
    firstImage = job.work.isComplete ? nil : job.work.indices.lowerBound
    imageCount = job.work.count
    format = job.format
    classNames = job.classNames
    hosts = teams.map(\.host)
    threads = teams.map(\.threads)
    processors = teams.map(\.processorList)
  }

  /// Decodes a job.json.
  ///
  /// - Parameters:
  ///   - folder: the folder of the file, for errors.
  ///   - knownPlan: a plan that is probably the same.
  /// - Throws: a `Failure` unless this program wrote the file, and it was not changed since.
  package init(json: Data, folder: String, knownPlan: ImagePlan? = nil) throws(Failure) {
    do {
      let decoder = JSONDecoder()
      decoder.userInfo[ImagePlan.knownKey] = knownPlan
      decoder.userInfo[ImagePlan.entriesKey] = OutputFolder.entriesPath(in: folder)
      self = try decoder.decode(JobRecord.self, from: json)
      try validate()
    } catch let failure as Failure where failure.status == .badData {
      // The failure may be about the labels and seeds next to job.json. A list that cannot be read
      // counts as damage too.
      throw failure
    } catch {
      throw Failure(
        "\(folder)/job.json is damaged or was changed: \(Self.reason(error)); bring the file back as "
          + "it was, choose another --out, or start over with --overwrite",
        status: .badData)
    }
  }

  /// Reads the job.json in a folder. Returns `nil` if there is none, or if it cannot be decoded.
  init?(readableIn folder: String) {
    guard let json = try? OutputFolder.readJob(in: folder),
      let record = try? JobRecord(json: json, folder: folder)
    else { return nil }
    self = record
  }

  /// - Throws: an error if the values are inconsistent, or impossible for a job.
  private func validate() throws {
    guard recipe.isFinite, recipe.settings(isPainted: isPainted ?? false) == settings else {
      throw Damage("its recipe does not fit its settings, \(settings.printable)")
    }
    try recipe.validate()
    guard try timesteps == recipe.stages.first?.makeSolver().timesteps ?? [] else {
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
    let indices = slice?.indices(of: plan.count, unit: format.sliceUnit)
    guard indices.map({ $0 == first..<first + imageCount }) ?? true else {
      throw Damage("its images are not those of slice \(slice?.text ?? "")")
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

  /// The images of the job.
  package var work: Work {
    let first = firstImage ?? 0
    return Work(plan, indices: first..<first + imageCount)
  }

  /// The labels, names and seeds of the images.
  package var catalog: ImageCatalog { catalog(classNames: classNames) }

  /// Returns the same with other class names.
  func catalog(classNames: [String]?) -> ImageCatalog {
    ImageCatalog(
      work: work, format: format, classCount: recipe.classCount, classNames: classNames)
  }

  /// Returns the record of the same job with other class names.
  func named(_ classNames: [String]?) -> JobRecord {
    var record = self
    record.classNames = classNames
    return record
  }

  /// Returns the record of a job that is resumed now, with the class names for its images from now
  /// on.
  package func continuedNow(classNames: [String]?) -> JobRecord {
    var record = named(classNames)
    record.continued = (continued ?? []) + [Self.now]
    return record
  }

  /// Returns the record of a job that is resumed now with a larger plan, of which its plan is the
  /// beginning.
  func grownNow(to job: ResolvedJob) -> JobRecord {
    var record = continuedNow(classNames: job.classNames)
    record.commandLine = CommandLine.arguments
    record.plan = job.plan
    record.imageCount = job.work.count
    return record
  }

  /// The record of the whole job whose slices were merged, or `nil` without slices. It has the ranks
  /// of all slices.
  ///
  /// - Parameter slices: the records of the slices in order.
  init?(merging slices: [JobRecord]) {
    guard let first = slices.first else { return nil }
    self = first
    slice = nil
    firstImage = nil
    imageCount = plan.count
    commandLine = Self.withoutSlice(commandLine)
    started = slices.map(\.started).min() ?? started
    continued = nil
    hosts = slices.flatMap(\.hosts)
    threads = slices.flatMap(\.threads)
    processors = slices.flatMap(\.processors)
  }

  /// Returns a command line that makes all slices.
  private static func withoutSlice(_ words: [String]) -> [String] {
    let option = OptionNames.slice
    return words.indices.filter {
      words[$0] != option && ($0 == 0 || words[$0 - 1] != option)
        && !words[$0].hasPrefix("\(option)=")
    }.map { words[$0] }
  }

  private static var now: String { ISO8601DateFormatter().string(from: Date()) }
}
