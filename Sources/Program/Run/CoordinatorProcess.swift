import Cache
import Coordinator
import Foundation
import Job
import Machine
import Messaging
import Output
import Threads
import Wording

/// The part of a job that only rank 0 has: the plan, the output folder, and messages about both.
final class CoordinatorProcess {
  private let settings: RunSettings
  private let files: JobFolder
  /// The contents of job.json, once the folder is open.
  private var record: JobRecord?
  /// The images of the base stage, if they are kept.
  private let base: KeptBase?
  /// The images whose trajectories are drawn.
  let trajectories: Set<Int>
  /// The images that no rank has to generate.
  private var done: IndexBitmap
  private let metrics: MetricsFile?
  /// Whether index.html was written.
  private var hasPage = false

  var job: ResolvedJob { files.job }
  private var folder: OutputFolder { files.folder }
  private var earlier: JobRecord? { files.earlier }
  private var sink: FolderSink { files.sink }

  /// Resolves the options and locks the folder.
  ///
  /// - Returns: `nil` for a slice without images, which is complete without a folder.
  /// - Throws: a `Failure`.
  convenience init?(unlessEmpty request: JobRequest, _ settings: RunSettings) throws {
    var job = try ResolvedJob(request, hashes: FileHashes(settings.cache.folder))
    job.isPainted = settings.painting != nil
    guard job.work.count == 0, let slice = job.slice else {
      try self.init(job, settings)
      return
    }
    try Self.writing { _ = try SliceRules.neighbour(of: job, in: settings.out) }
    let parts = counted((job.plan.count - 1) / job.format.sliceUnit + 1, job.format.sliceName)
    if !settings.isQuiet {
      print(
        "slice \(slice.words(job.work.indices)), because there are only \(parts); nothing to do")
    }
    return nil
  }

  private init(_ resolved: ResolvedJob, _ settings: RunSettings) throws {
    self.settings = settings
    var job = resolved
    trajectories = try TrajectoryChoice.indices(settings.trajectory, in: job.work)
    let (folder, earlier, neighbour): (OutputFolder, JobRecord?, JobRecord?)
    (folder, metrics, earlier, neighbour) = try Self.writing { [job] in
      let neighbour = try SliceRules.neighbour(of: job, in: settings.out)
      let folder = try OutputFolder(
        creating: SliceFolders.path(of: job.slice, in: settings.out), note: Console.note)
      let metrics = try settings.metrics.map {
        try MetricsFile($0, option: "--metrics", folder: folder)
      }
      let earlier = try EarlierJob.record(
        in: folder, for: job, overwrite: settings.overwrites, note: Console.note)
      return (folder, metrics, earlier, neighbour)
    }
    if let known = earlier ?? neighbour { job.keepNames(of: known) }
    files = JobFolder(job, folder, resuming: earlier)
    base = try Self.writing { [job] in
      guard job.format.keepsBase == true else { return nil }
      return try KeptBase(of: job, in: folder.path, overwrites: settings.overwrites)
    }
    done = files.sink.done
  }

  /// Finds the existing images and prepares the folder. If no image is missing, writes the files that
  /// need all images.
  ///
  /// - Returns: how many images must be generated.
  func open(_ teams: [ThreadAssignment]) throws -> Int {
    Console.note("\(job.summary), \(TeamsText(teams).text)")
    job.notes.forEach(Console.note)
    if let name = ContactSheet.undrawable(in: job.classNames ?? []) {
      Console.note(
        "warning: the contact sheet has no shape for some characters of class names, such as in "
          + "'\(name.printable)', and draws them as a box; the metadata keeps them")
    }
    let (record, growth) = (files.record(teams), files.growth)
    var existing = try Self.writing {
      try growth?.begin(record, ranks: teams.count, reporter(.quiet))
      try renameClasses(record)
      return try files.open(
        record, looksInside: settings.verifies, afterJob: refuseSimultaneousJobs)
    }
    if let base {
      existing.formIntersection(
        try Self.writing { try base.open(teams, looksInside: settings.verifies) })
    }
    let missing = existing.capacity - existing.count
    let isChanged = missing > 0 || earlier?.classNames != job.classNames
    self.record = isChanged ? record : earlier ?? record
    if earlier != nil && missing > 0 {
      let what = growth.map { "growing from \(counted($0.formerCount, "image"))" } ?? "resuming"
      Console.note(
        "\(what): \(existing.count) of \(counted(existing.capacity, "image")) already exist")
    }
    let damaged = missing > 0 ? 0 : try finishAll()
    done = existingImages
    drawMissingTrajectories()
    return damaged > 0 ? damaged : done.capacity - done.count
  }

  /// The images that exist, with their base images if these are kept.
  private var existingImages: IndexBitmap {
    var images = sink.done
    if let base { images.formIntersection(base.sink.done) }
    return images
  }

  /// The destination of finished images.
  private var destination: any ImageSink {
    base.map { CascadeSink(images: sink, base: $0.sink) } ?? sink
  }

  /// Waits for files that other threads are writing.
  func waitForWriters() {
    sink.waitForWriters()
    base?.sink.waitForWriters()
  }

  /// Refuses a job that does not fit one that was started at the same time. Both see each other,
  /// because both have written job.json.
  private func refuseSimultaneousJobs() throws {
    do {
      try SliceRules.neighbour(of: job, in: settings.out)
    } catch {
      if earlier == nil { try folder.removeEarlierJob() }
      throw error
    }
  }

  /// Has existing images generated again if their trajectories are wanted and do not exist.
  private func drawMissingTrajectories() {
    let again = trajectories.filter { done.contains($0) && !folder.hasTrajectory(index: $0) }
    for index in again { done.remove(index) }
    guard !again.isEmpty else { return }
    Console.note(
      "\(counted(again.count, "image")) of the folder \(again.count == 1 ? "is" : "are") generated "
        + "again to draw the trajectory; the files of images stay as they are")
  }

  /// Renames the classes of the images in the folder to this job's names.
  private func renameClasses(_ record: JobRecord) throws {
    guard let earlier else { return }
    let renaming = ClassRenaming(folder: folder, catalog: job.catalog)
    if earlier.classNames != job.classNames {
      Console.note(
        "new class names: metadata, job.json and the contact sheet are written again; "
          + "the images stay as they are")
      try renaming.begin(from: earlier.classNames)
      try folder.writeJob(record)
    }
    try renaming.finish { job.catalog(classNames: $0) }
  }

  /// Returns the work of the ranks.
  ///
  /// - Parameters:
  ///   - missing: the number of missing images.
  ///   - weights: the size of one copy of the packed weights in bytes.
  func work(missing: Int, weights: Int) -> StartWarnings.Work {
    let sharesWeights = settings.cache.folder != nil || settings.painting != nil
    return .init(
      images: missing, batchSize: job.recipe.batchSize, isBatchSizeFixed: earlier != nil,
      threadsOption: settings.threads, ownWeights: sharesWeights ? nil : weights)
  }

  /// Writes the files that need all images, after they all exist.
  ///
  /// - Returns: the number of images that turned out to be damaged, and are missing now.
  private func finishAll() throws -> Int {
    let damaged = try Self.writing { try destination.finish() }
    if !damaged.isEmpty { Console.note(DamagedImages.notice(damaged.count)) }
    return damaged.count
  }

  /// Says that nothing was missing.
  func reportComplete(_ teams: [ThreadAssignment]) {
    writePage()
    let count = job.work.count
    reporter().leave(
      JobStatus(
        state: .complete, total: count, done: count, doneBefore: count,
        ranks: JobStatus.Ranks(total: teams.count, alive: teams.count)))
    if !settings.isQuiet {
      print(
        "\(count == 1 ? "the image already exists" : "all \(count) images already exist"); nothing to "
          + "do\n\(places())")
    }
  }

  func dispatcher(
    _ postbox: MPIPostbox, _ teams: [ThreadAssignment], since start: ContinuousClock.Instant
  ) -> Dispatcher {
    var settings = Dispatcher.Settings(
      batchSize: job.recipe.batchSize, lease: self.settings.lease,
      diskPatience: self.settings.diskPatience, hosts: teams.map(\.host))
    settings.runInBackground = { work in
      // If no thread can be created, the ranks wait for the work. Their leases are paused
      // meanwhile.
      do { try BackgroundThread.start(work) } catch { work() }
    }
    settings.text = OptionNames.text
    let deadline = JobDeadline(
      self.settings.timeLimit, batch: .current, start: start, date: Date())
    if let deadline { Console.note(deadline.note(at: .now)) }
    settings.timeLimit = deadline?.instant
    return Dispatcher(
      work: job.work, done: done, settings: settings, postbox: postbox, sink: destination,
      observer: reporter())
  }

  private func reporter(_ style: ProgressDisplay.Style? = nil) -> JobReporter {
    let (path, metrics) = (folder.path, metrics)
    let style = style ?? (settings.isQuiet ? .quiet : .detect())
    return JobReporter(ProgressDisplay(style)) { status in
      // A full disk is noticed when images are written. The status alone does not end a job.
      try? StatusFile.write(status, in: path)
      do {
        try metrics?.write(status)
      } catch {
        throw Failure("--metrics: \(error)", status: .cannotWrite)
      }
    }
  }

  /// Prints at the end what was generated, by which ranks, and where it is.
  func report(_ coordinator: Dispatcher, made: Int, since start: ContinuousClock.Instant) {
    guard coordinator.writtenCount > 0 else {
      if sink.done.count > 0 { writePage(givenUp: coordinator.givenUp) }
      return
    }
    let run = RunText(
      made: coordinator.writtenCount, seconds: (ContinuousClock.now - start) / .seconds(1))
    let picture = TimelinePicture(
      coordinator.timeline, title: run.text, hosts: coordinator.settings.hosts)
    try? folder.writeTimeline(picture.svg)
    writePage(timeline: picture.svg, givenUp: coordinator.givenUp)
    let summary = JobSummary(classCounts: job.work.labelCounts, coordinator)
    guard coordinator.isComplete else { return Console.note(summary.ranks) }
    base?.leave(ranks: coordinator.settings.hosts.count)
    guard !settings.isQuiet else { return }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let count = coordinator.writtenCount
    let rate = count == 1 ? "" : " (\(ProgressText.speed(Double(count) / seconds)))"
    print(
      """
      \(counted(count, "image")) in \(String(format: "%.1f", seconds)) s\(rate)
      \(summary.text)
      \(places(timeline: folder.timelinePath))
      """)
  }

  private func places(timeline: String? = nil) -> String {
    var places = job.slice.map { [("slice:", $0.words(job.work.indices))] } ?? []
    places += [
      ("images:", folder.imagesPath(job.format)), ("contact sheet:", folder.contactSheetPath),
    ]
    if base != nil { places.append(("base images:", KeptBase.path(in: folder.path))) }
    if hasPage { places.append(("page:", folder.pagePath)) }
    if let first = trajectories.min(), folder.hasTrajectory(index: first) {
      places.append(("trajectories:", folder.trajectoryPath(index: first)))
    }
    if job.catalog.format.writesNPZ { places.append(("npz:", "\(folder.path)/\(samplesName)")) }
    if let timeline { places.append(("timeline:", timeline)) }
    return TextTable(places, width: 15).text
  }

  private var samplesName: String {
    SamplesFile.name(
      count: sink.done.count, imageSize: job.recipe.imageSize)
  }

  /// Writes index.html. A job is complete without it.
  ///
  /// - Parameter timeline: the picture of the timeline. Without it, that of an earlier start is used.
  private func writePage(timeline: String? = nil, givenUp: [JobStatus.GivenUp] = []) {
    guard let record else { return }
    var page = JobPage(record, model: job.modelDescription, folder: folder, done: sink.done)
    page.explain(done: sink.done.count, total: job.work.count, givenUp)
    // An interrupted job may be killed soon.
    page.sheet = JobPage.Sheet(in: folder, reduces: page.notice == nil)
    page.trajectories = folder.shownTrajectories
    page.timeline = timeline ?? folder.timeline(beginningWith: TimelinePicture.start)
    do {
      try folder.writePage(page)
      hasPage = true
    } catch  where page.notice == nil {
      Console.note("warning: \(OptionNames.text(error))")
    } catch {
      // The reason why the job ended early has been printed already.
    }
  }

  private static func writing<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      throw Failure(explaining: error, otherwise: .cannotWrite)
    }
  }
}
