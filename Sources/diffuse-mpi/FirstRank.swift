import Cache
import Coordinator
import Foundation
import Job
import Messaging
import Output
import Threads
import Worker

/// What rank 0 alone has of a job: the plan, the output folder, and what is told of both.
final class FirstRank {
  let job: ResolvedJob
  private let options: Sample
  private let folder: OutputFolder
  /// The job in the folder that this one continues.
  private let earlier: JobRecord?
  let sink: FolderSink
  private let metrics: MetricsFile?

  /// Works out the job and takes the folder.
  ///
  /// - Throws: a `Failure`.
  init(_ options: Sample) throws {
    self.options = options
    var job = try ResolvedJob(
      options.networks, options.images, options.sampling, options.output,
      hashes: FileHashes(options.running.cache.folder))
    if options.running.painting != nil { job.recipe.isPainted = true }
    self.job = job
    (folder, metrics, earlier) = try Self.writing { [job] in
      let folder = try OutputFolder(creating: options.running.out, note: Console.note)
      let metrics = try options.running.metrics.map { try MetricsFile($0, folder: folder) }
      let earlier = try EarlierJob.record(
        in: folder, for: job, overwrite: options.output.overwrite, note: Console.note)
      return (folder, metrics, earlier)
    }
    let side = job.recipe.unet.configuration.imageSize
    sink = FolderSink(
      folder: folder, catalog: job.catalog, imageSize: side,
      check: ImageCheck(
        catalog: job.catalog, settings: earlier?.settings ?? job.recipe.hash, side: side))
  }

  /// Finds out what exists and readies the folder; where no image is missing, makes what comes after
  /// the images.
  ///
  /// - Returns: how many images are missing.
  func open(_ teams: [Team]) throws -> Int {
    Console.note("\(job.summary), \(TeamsText(teams).text)")
    if let warning = job.warning { Console.note(warning) }
    let record = earlier?.continuedNow ?? JobRecord(job, teams: teams)
    let done = try Self.writing {
      try sink.open(looksInside: options.output.verify) { folder in
        try folder.writeJob(record)
        if job.plan.labelsFile != nil && earlier == nil {
          try job.plan.writeEntries(to: OutputFolder.entriesPath(in: folder.path))
        }
      } note: {
        Console.note($0)
      }
    }
    let missing = done.capacity - done.count
    if earlier != nil && missing > 0 {
      Console.note("\(done.count) of \(done.capacity) images are there; going on")
    }
    return missing > 0 ? missing : try finishAll()
  }

  /// Makes what comes after the images, where all of them exist.
  ///
  /// - Returns: how many turned out to be damaged and are missing now.
  private func finishAll() throws -> Int {
    let damaged = try Self.writing { try sink.finish() }
    if damaged.count == 1 { Console.note("1 damaged image is generated again") }
    if damaged.count > 1 { Console.note("\(damaged.count) damaged images are generated again") }
    return damaged.count
  }

  /// Says that nothing was missing.
  func reportComplete(_ teams: [Team]) {
    let count = job.plan.count
    reporter().leave(
      JobStatus(
        state: .complete, total: count, done: count, doneBefore: count,
        ranks: JobStatus.Ranks(total: teams.count, alive: teams.count)))
    print("all \(count) images are there; nothing was left to do\n\(places)")
  }

  func dispatcher(_ postbox: MPIPostbox, _ teams: [Team]) -> Dispatcher {
    var settings = Dispatcher.Settings(
      batchSize: job.recipe.batchSize, lease: options.running.leaseOfRanks,
      diskPatience: options.running.diskPatience, hosts: teams.map(\.host))
    settings.runAside = { work in
      // Without a thread the ranks wait for it, and their leases do too.
      do { try BackgroundThread.start(work) } catch { work() }
    }
    return Dispatcher(
      plan: job.plan, done: sink.done, settings: settings, postbox: postbox, sink: sink,
      observer: reporter())
  }

  private func reporter() -> JobReporter {
    let (path, metrics) = (folder.path, metrics)
    var hasFailed = false
    return JobReporter(ProgressDisplay(.detect())) { status in
      // A full disk is noticed by the images, and ends no job by its status.
      try? StatusFile.write(status, in: path)
      do {
        try metrics?.write(status)
      } catch {
        if !hasFailed { Console.note("warning: --metrics: \(error)") }
        hasFailed = true
      }
    }
  }

  /// Says at the end what was made, by whom, and where it is.
  func report(_ coordinator: Dispatcher, made: Int, since start: ContinuousClock.Instant) {
    guard coordinator.writtenCount > 0 else { return }
    try? folder.writeTimeline(TimelinePicture(coordinator.timeline).svg)
    let summary = JobSummary(classCounts: job.plan.labelCounts, coordinator)
    guard coordinator.isComplete else { return Console.note(summary.ranks) }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let count = coordinator.writtenCount
    print(
      """
      \(count) images in \(String(format: "%.1f", seconds)) s \
      (\(String(format: "%.2f", Double(count) / seconds)) a second)
      \(summary.text)
      \(places)
      timeline:      \(folder.timelinePath)
      """)
  }

  private var places: String {
    """
    images:        \(folder.imagesPath(job.format))
    contact sheet: \(folder.contactSheetPath)
    """
  }

  private static func writing<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      throw Failure(error, otherwise: .cannotWrite)
    }
  }
}
