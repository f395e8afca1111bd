import Foundation
import Job
import Output
import Recipe
import Wording

/// The contents of a job's page.
extension JobPage {
  /// The largest number of characters of a list of labels or seeds.
  private static let longestList = 200
  /// The largest number of failed images, and of hosts, that are listed individually.
  private static let listedImages = 10
  private static let listedHosts = 20

  /// - Parameters:
  ///   - model: the name of the model, for display.
  ///   - done: the images that exist.
  init(_ record: JobRecord, model: String, folder: OutputFolder, done: IndexBitmap) {
    let catalog = record.catalog
    let classes = ClassCounts(catalog: catalog, done: done)
    let side = record.recipe.imageSize
    let ranks = record.hosts.count
    self.init(
      name: URL(fileURLWithPath: folder.path).standardizedFileURL.lastPathComponent,
      summary: Self.summary(done.count, classes, side: side)
        + (record.recipe.decoding == nil ? "generated with" : "made of") + " \(model).",
      classes: classes,
      settings: Self.settings(record, model: model),
      run: Self.run(record),
      command: record.commandLine,
      commandNote: ranks > 1
        ? "Started as \(ranks) ranks: put mpirun -n \(ranks) before the command to use as many. "
          + "The images are the same for any number of ranks."
        : "Put mpirun -n 8 before the command to use 8 processes. The images are the same for any "
          + "number of them.",
      loading: LoadingExample.all(
        of: catalog, count: done.count, imageSize: side, folder: folder.path),
      files: Self.files(record, count: done.count, side: side),
      program: record.version)
  }

  /// Explains why images are missing, if any are.
  mutating func explain(done: Int, total: Int, _ givenUp: [JobStatus.GivenUp]) {
    warnings = givenUp.prefix(Self.listedImages).map(\.reason)
    if givenUp.count > Self.listedImages {
      warnings.append("\(givenUp.count - Self.listedImages) more images were given up")
    }
    guard done < total else { return }
    let count = "Incomplete: \(done.grouped) of \(total.grouped) images exist."
    notice =
      done + givenUp.count < total
      ? "\(count) Run the same command to make the others."
      : "\(count) The others were given up."
  }

  private static func summary(
    _ count: Int, _ classes: ClassCounts, side: Int
  ) -> String {
    let number = classes.entries.count
    let spread =
      number == 0 ? "" : " of " + counted(number, "class", plural: "classes", isGrouped: true)
    return "\(counted(count, "image", isGrouped: true))\(spread), \(side)×\(side) pixels, "
  }

  private static func settings(_ record: JobRecord, model: String) -> [Row] {
    let words = record.plan.words
    var rows: [Row] = [("Model", model)]
    if let samples = record.recipe.samples {
      rows.append(("Base samples", "\(samples.path), SHA-256 \(samples.sha256)"))
    }
    if let decoding = record.recipe.decoding { rows += settings(decoding) }
    for stage in record.recipe.stages { rows += settings(stage) }
    if let slice = record.slice { rows.append(("Slice", slice.words(record.work.indices))) }
    if let labels = words.labels { rows.append(("Labels", labels.shortened(to: longestList))) }
    return rows + [
      ("Seeds", words.seeds.shortened(to: longestList)),
      ("Settings hash", record.settings),
      ("Plan hash", record.plan.hash),
    ]
  }

  private static func settings(_ decoding: LatentDecoding) -> [Row] {
    [
      ("Latents", "\(decoding.latents.path), SHA-256 \(decoding.latents.sha256)"),
      ("First stage", network(decoding.firstStage.source)),
      ("Precision", decoding.firstStage.precision.rawValue),
      ("Batch size", "\(decoding.batchSize)"),
    ]
  }

  private static func settings(_ stage: Stage) -> [Row] {
    var rows: [Row] = [
      (stage.isEnlargement ? "Upsampler" : "Checkpoint", network(stage.denoiser)),
      ("Classifier", stage.classifier.map { network($0.source) } ?? "none"),
    ]
    if let scale = stage.classifier?.scale { rows.append(("Guidance scale", "\(scale)")) }
    if stage.isGuidedByDenoiser {
      rows.append(("Guidance", stage.guidanceText ?? ""))
    } else if let interval = stage.guidanceInterval {
      rows.append(("Guidance interval", "\(interval.lowest) to \(interval.highest)"))
    }
    return rows + [
      ("Sampler", stage.solver.text),
      ("Steps", "\(stage.timesteps.count) (\(stage.solver.stepsText))"),
      ("Clip denoised", stage.clipsDenoised ? "yes" : "no"),
      ("Threshold", stage.thresholdText),
      ("Precision", stage.precision.rawValue),
      ("Batch size", "\(stage.batchSize)"),
    ]
  }

  private static func network(_ network: NetworkSource) -> String {
    "\(network.fileName), SHA-256 \(network.sha256)"
  }

  private static func run(_ record: JobRecord) -> [Row] {
    let threads = (record.threads.min() ?? 1, record.threads.max() ?? 1)
    let each =
      threads.0 == threads.1 ? "\(threads.0)" : "\(threads.0) to \(threads.1)"
    var rows: [Row] = [
      ("Program", "\(record.program) \(record.version), oneDNN \(record.oneDNN)"),
      ("Processor", record.instructionSet),
      ("Ranks", "\(record.hosts.count), threads each: \(each)"),
      ("Hosts", hosts(record.hosts)),
      ("Started", record.started),
    ]
    if let last = record.continued?.last {
      let times = record.continued!.count
      rows.append(("Continued", times == 1 ? last : "\(times) times, last \(last)"))
    }
    return rows
  }

  /// Returns the hosts, such as `node-a (8 ranks), node-b (8 ranks)`.
  private static func hosts(_ hosts: [String]) -> String {
    let counts = hosts.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    let names = counts.keys.sorted()
    let listed = names.prefix(listedHosts).map {
      "\($0) (\(counted(counts[$0]!, "rank")))"
    }
    let more = names.count - listed.count
    return listed.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }

  private static func files(_ record: JobRecord, count: Int, side: Int) -> [Row] {
    let format = record.catalog.format
    var rows: [Row] = [
      (
        "\(format.imagesFolder)/",
        format.container == .png ? "the images, as PNG files" : "the images, in WebDataset shards"
      ),
      (
        // Programs that load shards take every file in the folder for a shard.
        format.container == .png ? "\(format.imagesFolder)/metadata.jsonl" : "metadata.jsonl",
        "label, class name and seed of each image"
      ),
    ]
    if format.writesNPZ {
      rows.append((SamplesFile.name(count: count, imageSize: side), "all images as one array"))
    }
    return rows + [
      ("job.json", "every setting"),
      ("status.json", "how the job ended"),
      ("contact-sheet.png", "the first images"),
      ("timeline.svg", "what each rank did when"),
    ]
  }
}
