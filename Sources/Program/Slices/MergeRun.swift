import Coordinator
import Foundation
import Job
import Model
import Output
import Recipe
import Wording

/// Joins the slices of a job to the folder that one job would have written, for `merge`.
///
/// job.json of the whole job is written first. Then one slice after the other is placed, and a job
/// without missing images is finished there. A merge that is killed continues when it is repeated.
package struct MergeRun {
  private let sources: [SliceSource]
  private let out: String
  private let moves: Bool
  /// Whether the images are those of the base stage of another job, whose page shows them.
  private let isBase: Bool

  /// - Parameters:
  ///   - folders: the folders with the slices.
  ///   - out: the folder of the whole job, or `nil` for the only one of `folders`, in which the
  ///     slices are then moved.
  ///   - moves: whether files are moved to `out` instead of being copied.
  /// - Throws: a `Failure` if the folders contain no slices, or slices of different jobs.
  package init(_ folders: [String], out: String?, moves: Bool) throws {
    let folders = folders.map(Self.withoutSlash)
    self.out = Self.withoutSlash(out ?? folders[0])
    self.moves = moves || out == nil || folders == [self.out]
    isBase = false
    do {
      let isMerged =
        try folders == [self.out] && !SliceFolders.exist(in: self.out)
        && OutputFolder.readJob(in: self.out) != nil
      let plan = JobRecord(readableIn: self.out)?.plan
      sources = isMerged ? [] : try SliceSource.all(in: folders, knownPlan: plan)
    } catch {
      throw Failure(explaining: error, otherwise: .cannotRead)
    }
  }

  /// Joins the base images of slices.
  private init(base sources: [SliceSource], out: String, moves: Bool) {
    (self.sources, self.out, self.moves, isBase) = (sources, out, moves, true)
  }

  private static func withoutSlash(_ path: String) -> String {
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    return path
  }

  /// Merges the slices.
  ///
  /// - Returns: a summary for the user.
  /// - Throws: a `Failure`, with the status `incomplete` if images are missing or a job is running.
  package func run() throws -> String {
    do {
      return try merge()
    } catch let error as OutputError {
      if case .locked = error { throw Failure(explaining: error, otherwise: .incomplete) }
      throw Failure(explaining: error, otherwise: .cannotWrite)
    }
  }

  private func merge() throws -> String {
    let folder = try OutputFolder(creating: out, note: Console.note)
    let earlier = try earlierRecord(in: folder)
    guard let record = earlier ?? JobRecord(merging: sources.map(\.record)) else {
      throw Failure(
        "there are no slices in \(out): give the folder that the --out of the slices names",
        status: .cannotRead)
    }
    warnOfDifferentMachines()
    let images = try sources.map { try $0.images() }
    try checkAllExist(record, images, in: earlier == nil ? nil : folder)
    if moves { try checkOwnership() }
    if earlier == nil {
      try folder.writeJob(record)
      if record.plan.labelsFile != nil {
        try record.plan.writeEntries(to: OutputFolder.entriesPath(in: folder.path))
      }
    }
    reporter(folder).start(status(.finishing, record))
    if record.format.keepsBase == true { try mergeBase(record) }
    if !sources.isEmpty {
      var merge = try SliceMerge(into: folder, catalog: record.catalog, moves: moves)
      for (source, images) in zip(sources, images) { try merge.place(source.path, images: images) }
    }
    try SliceFolders.removeEmpty(in: folder.path)
    return try finish(folder, record)
  }

  /// Merges the base images that a cascade keeps. Those of some slices may be merged already.
  private func mergeBase(_ record: JobRecord) throws {
    let folders = try sources.map { KeptBase.path(in: $0.path) }.filter {
      try OutputFolder.readJob(in: $0) != nil
    }
    let sources = folders.isEmpty ? [] : try SliceSource.all(in: folders, knownPlan: record.plan)
    _ = try MergeRun(base: sources, out: KeptBase.path(in: out), moves: moves).merge()
  }

  /// Returns the record of the merged job, if an earlier merge has written it.
  private func earlierRecord(in folder: OutputFolder) throws -> JobRecord? {
    guard let json = try folder.earlierJob() else { return nil }
    let record: JobRecord
    do {
      record = try JobRecord(json: json, folder: out, knownPlan: sources.first?.record.plan)
    } catch {
      // The merge was killed before it wrote the labels and seeds.
      guard try !folder.holdsImages(), !folder.hasEntries, !sources.isEmpty else { throw error }
      return nil
    }
    guard record.slice == nil else {
      throw Failure("\(out) is a slice; choose another --out", status: .usage)
    }
    if let source = sources.first {
      let differences = SettingsComparison(ofWhole: record, slice: source.record).differences
      guard differences.isEmpty else {
        throw Failure(
          "\(out) holds another job than the slices: \(differences.joined(separator: "; ")). Choose "
            + "another --out", status: .usage)
      }
    }
    return record
  }

  /// Refuses to merge as long as images are missing.
  ///
  /// - Parameter folder: the folder of an earlier merge, which may hold images already.
  private func checkAllExist(
    _ record: JobRecord, _ images: [IndexBitmap], in folder: OutputFolder?
  ) throws {
    var found =
      try folder.map { try ExistingImages(in: $0.path, catalog: record.catalog).images }
      ?? IndexBitmap(indices: record.work.indices)
    for bitmap in images {
      for index in bitmap.indices where bitmap.contains(index) { found.insert(index) }
    }
    guard found.count < found.capacity else { return }
    guard let count = sources.first?.slice.count else {
      throw Failure(
        "\(out) holds \(found.count) of \(counted(found.capacity, "image")) and no slices: run the "
          + "command of the job to generate the others", status: .incomplete)
    }
    throw Failure(MissingSlices(SlicedPlan(record, of: count), found).text, status: .incomplete)
  }

  /// Refuses to move slices that contain images of someone else, because slices are removed.
  private func checkOwnership() throws {
    for source in sources {
      let folder = source.path
      guard let found = try OutputFolder.firstImage(in: folder, notIn: source.record.catalog) else {
        continue
      }
      throw Failure(
        "\(folder)/\(found) is not an image of that slice. Nothing was changed: move it away",
        status: .badData)
    }
  }

  private func warnOfDifferentMachines() {
    let places = Set(sources.map { EarlierJob.place(of: $0.record) })
    guard places.count > 1 else { return }
    Console.note(
      "warning: the slices were made with \(places.sorted().joined(separator: " and ")): the images "
        + "may differ in the last bits from those that one of them would have generated")
  }

  // MARK: - The whole job

  private func finish(_ folder: OutputFolder, _ record: JobRecord) throws -> String {
    let (catalog, side) = (record.catalog, record.recipe.imageSize)
    let check = ImageCheck(catalog: catalog, settings: record.settings, side: side)
    let sink = FolderSink(folder: folder, catalog: catalog, imageSize: side, check: check)
    defer { sink.waitForWriters() }
    let done = try sink.open {
      try $0.writeJob(record)
    } note: {
      Console.note($0)
    }
    if done.count == done.capacity { _ = try sink.finish() }
    let damaged = catalog.count - sink.done.count
    guard damaged == 0 else {
      throw Failure(
        "\(out): removed \(counted(damaged, "damaged image")); run the command of the job without "
          + "--slice to generate \(damaged == 1 ? "it" : "them") again", status: .incomplete)
    }
    if !isBase { writePage(record, folder, sink.done) }
    reporter(folder).leave(status(.complete, record))
    return summary(record, folder)
  }

  private func reporter(_ folder: OutputFolder) -> JobReporter {
    JobReporter(ProgressDisplay(.quiet)) { try StatusFile.write($0, in: folder.path) }
  }

  private func status(_ state: JobStatus.State, _ record: JobRecord) -> JobStatus {
    let (count, ranks) = (record.imageCount, max(1, record.hosts.count))
    return JobStatus(
      state: state, total: count, done: count, doneBefore: count,
      ranks: JobStatus.Ranks(total: ranks, alive: ranks))
  }

  private func writePage(_ record: JobRecord, _ folder: OutputFolder, _ done: IndexBitmap) {
    let network = record.recipe.networks[0].source
    let bundled = BundledModel.hashes(nil)[network.sha256].map { "\($0) (bundled)" }
    var page = JobPage(record, model: bundled ?? network.fileName, folder: folder, done: done)
    page.sheet = JobPage.Sheet(in: folder)
    page.trajectories = folder.shownTrajectories
    do {
      try folder.writePage(page)
    } catch {
      Console.note("warning: \(OptionNames.text(error))")
    }
  }

  private func summary(_ record: JobRecord, _ folder: OutputFolder) -> String {
    let count = counted(record.imageCount, "image", isGrouped: true)
    let what =
      sources.isEmpty
      ? "all \(count) exist; there are no slices to merge"
      : "\(counted(sources.count, "slice")) merged: \(count)"
    let places = [
      ("images:", folder.imagesPath(record.format)), ("contact sheet:", folder.contactSheetPath),
      ("page:", folder.pagePath),
    ]
    return "\(what)\n\(TextTable(places, width: 15).text)"
  }
}

/// The slices that lack images, in words.
private struct MissingSlices {
  private let lacking: [(slice: PlanSlice, done: Int, total: Int)]
  private let total: Int

  /// The largest number of slices that are described.
  private static let listedSlices = 10

  init(_ plan: SlicedPlan, _ found: IndexBitmap) {
    total = plan.slices.count
    lacking = plan.slices.map { slice, indices in
      (slice, indices.reduce(0) { $0 + (found.contains($1) ? 1 : 0) }, indices.count)
    }.filter { $0.done < $0.total }
  }

  var text: String {
    let shown = lacking.prefix(Self.listedSlices).map {
      $0.done == 0
        ? "slice \($0.slice.number) has no images"
        : "slice \($0.slice.number) has \($0.done) of \(counted($0.total, "image"))"
    }
    let more = lacking.count - shown.count
    return "\(lacking.count) of \(counted(total, "slice")) "
      + "\(lacking.count == 1 ? "is" : "are") incomplete: "
      + shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
      + ". Run the same command with --slice \(lacking[0].slice.text)"
      + (lacking.count == 1 ? "" : " and so on") + ", then merge again"
  }
}
