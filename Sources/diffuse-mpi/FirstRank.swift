import Cache
import Coordinator
import Foundation
import Job
import Messaging
import Output
import Worker

/// What rank 0 alone has of a job: the plan, the output folder, and what is told of both.
final class FirstRank {
  let job: ResolvedJob
  private let options: Sample
  private let folder: OutputFolder
  /// The job in the folder that this one continues.
  private let earlier: JobRecord?
  /// What job.json holds, once the folder is open.
  private var record: JobRecord?
  let sink: FolderSink

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
    (folder, earlier) = try Self.writing { [job] in
      let folder = try OutputFolder(creating: options.running.out, note: Console.note)
      let earlier = try EarlierJob.record(
        in: folder, for: job, overwrite: options.output.overwrite, note: Console.note)
      return (folder, earlier)
    }
    sink = FolderSink(
      folder: folder, catalog: job.catalog, imageSize: job.recipe.unet.configuration.imageSize)
  }

  /// Looks what is there, and readies the folder to go on.
  ///
  /// - Returns: how many images are missing.
  func open(_ teams: [Team]) throws -> Int {
    Console.note("\(job.summary), \(TeamsText(teams).text)")
    if let warning = job.warning { Console.note(warning) }
    let record = earlier?.continuedNow ?? JobRecord(job, teams: teams)
    let check = ImageCheck(
      catalog: job.catalog, settings: record.settings,
      side: job.recipe.unet.configuration.imageSize)
    let done = try Self.writing {
      try sink.open(check: options.output.verify ? check : nil) { folder in
        if job.plan.labelsFile != nil && earlier == nil {
          try job.plan.writeEntries(to: OutputFolder.entriesPath(in: folder.path))
        }
        try folder.writeJob(record)
      } note: {
        Console.note($0)
      }
    }
    let missing = done.capacity - done.count
    self.record = missing > 0 ? record : earlier ?? record
    if earlier != nil && missing > 0 {
      Console.note("\(done.count) of \(done.capacity) images are there; going on")
    }
    return missing
  }

  /// Makes what comes after the images, where all of them are there.
  func finishComplete(_ teams: [Team]) throws {
    try Self.writing { try sink.finish() }
    writePage()
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
    settings.runAside = { Thread.detachNewThread($0) }
    return Dispatcher(
      plan: job.plan, done: sink.done, settings: settings, postbox: postbox, sink: sink,
      observer: reporter())
  }

  private func reporter() -> JobReporter {
    let (path, metrics) = (folder.path, options.running.metrics)
    var hasFailed = false
    return JobReporter(ProgressDisplay(.detect())) { status in
      // A full disk is noticed by the images, and ends no job by its status.
      try? StatusFile.write(status, in: path)
      do {
        if let metrics { try MetricsFile.write(status, path: metrics) }
      } catch {
        if !hasFailed { Console.note("warning: --metrics: \(error)") }
        hasFailed = true
      }
    }
  }

  /// Says at the end what was made, by whom, and where it is.
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
    page:          \(folder.pagePath)
    """
  }

  /// Writes index.html, without which a job is complete all the same.
  ///
  /// - Parameter timeline: its picture; that of an earlier start is taken where there is none.
  private func writePage(timeline: String? = nil, givenUp: [JobStatus.GivenUp] = []) {
    guard let record else { return }
    var page = JobPage(record, model: job.modelDescription, folder: folder, done: sink.done)
    page.explain(done: sink.done.count, total: job.plan.count, givenUp)
    // A job that was interrupted is about to be killed.
    page.sheet = JobPage.Sheet(in: folder, reduces: page.notice == nil)
    page.timeline = timeline ?? folder.timeline(beginningWith: TimelinePicture.start)
    do {
      try folder.writePage(page)
    } catch  where page.notice == nil {
      Console.note("warning: \(error)")
    } catch {
      // Whatever ended the job early has been said.
    }
  }

  private static func writing<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      throw Failure(error, otherwise: .cannotWrite)
    }
  }
}
