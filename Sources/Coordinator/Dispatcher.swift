import Job
import Messaging

/// The coordinator's loop on rank 0. It hands out batches, passes finished images on, and ends the
/// job.
///
/// Each image is settled once: by the first answer from any rank, or by being given up. A rank that
/// falls silent loses its lease, and its images are given to other ranks. Idle ranks generate
/// copies of the images that would be ready last.
package final class Dispatcher: Participant {
  /// Settings of the job that do not affect the images.
  package struct Settings {
    /// The number of images in each batch, at least 1.
    package var batchSize: Int
    package var lease: Lease
    /// How long to wait for a full disk.
    package var diskPatience: Duration
    /// The time at which something else, such as a batch system, ends the job.
    package var timeLimit: ContinuousClock.Instant?
    /// The host of every rank, for messages.
    package var hosts: [String]
    /// Runs the given closure, in jobs on another thread. Writing the final files may take minutes,
    /// and ranks must get answers during that time.
    package var runInBackground: (@escaping @Sendable () -> Void) -> Void = { $0() }
    /// Describes an error to the user.
    package var text: (any Error) -> String = { "\($0)" }

    package init(
      batchSize: Int, lease: Lease = Lease(), diskPatience: Duration = .seconds(600),
      hosts: [String]
    ) {
      self.batchSize = batchSize
      self.lease = lease
      self.diskPatience = diskPatience
      self.hosts = hosts
    }
  }

  package internal(set) var outcome: ExitStatus?
  /// What each rank spent its time on, in seconds, over time.
  package internal(set) var timeline: Timeline

  let postbox: any Postbox
  package let settings: Settings
  /// The images that the job makes.
  let indices: Range<Int>
  var total: Int { indices.count }
  let doneBefore: Int
  let observer: any DispatchObserver
  var queue: WorkQueue
  var inFlight = BatchesInFlight()
  var rankTable: RankTable
  var writer: RetryingWriter
  /// Images that no rank has to generate any more.
  var settled: IndexBitmap
  package internal(set) var givenUp: [JobStatus.GivenUp] = []
  /// By index of the image, how often it was found to be damaged when it was read back.
  var damages: [Int: Int] = [:]
  /// Ranks that wait for a batch, in the order in which they asked.
  var asking: [Int] = []
  var interrupt: Interrupt?
  /// The time after which batches are no longer waited for after a Ctrl-C.
  var wrapUpDeadline: ContinuousClock.Instant?
  /// The images that were in progress at a Ctrl-C. Those that are not finished are lost.
  var abandoned: Set<Int> = []
  /// Whether the job ends because of its time limit.
  var isTimeUp = false
  var warnedOfTimeLimit = false
  var ending: Ending?
  var lastError: String?
  /// The notes and warnings that were announced.
  private var notes: Set<String> = []
  private var nextCopy: ContinuousClock.Instant?

  /// - Parameters:
  ///   - done: the images that already exist.
  ///   - observer: shows the progress of the job to the user and to other programs.
  package init(
    work: Work, done: IndexBitmap, settings: Settings, postbox: any Postbox,
    sink: any ImageSink, observer: any DispatchObserver
  ) {
    precondition(settings.hosts.count == postbox.rankCount, "one host per rank")
    precondition(done.indices == work.indices, "the existing images belong to another job")
    self.postbox = postbox
    self.settings = settings
    self.observer = observer
    indices = work.indices
    doneBefore = done.count
    settled = done
    queue = WorkQueue(work, batchSize: settings.batchSize)
    rankTable = RankTable(rankCount: postbox.rankCount, lease: settings.lease)
    writer = RetryingWriter(
      sink, patience: settings.diskPatience, text: settings.text
    ) { [postbox] work in
      BackgroundTask(run: settings.runInBackground, doorbell: postbox.doorbell, work: work)
    }
    timeline = Timeline(rankCount: postbox.rankCount)
  }

  package func turn(at now: ContinuousClock.Instant) throws -> Bool {
    rankTable.turn(at: now)
    timeline.begin(at: now)
    var busy = false
    while let envelope = postbox.receive(for: .coordinator) {
      markHeard(envelope.source, at: now)
      handle(envelope.message, from: envelope.source, at: now)
      busy = true
    }
    markSilentRanksLost(at: now)
    if ending == nil {
      writing(at: now) { try $0.retry(at: now) }
      obeyTimeLimit(at: now)
      handOut(at: now)
      endIfDone(at: now)
    }
    if ending != nil { leaveIfAllAreGone(at: now) }
    observer.observe(
      at: now, state: state, done: { self.progress }, status: { self.status(at: now) })
    return busy
  }

  private func handle(_ message: Message, from rank: Int, at now: ContinuousClock.Instant) {
    switch message {
    case .note(let text):
      if notes.insert(text).inserted { observer.announce(text) }
    case .warning(let text):
      // A rank that generates a copy of a batch has the same warning.
      if notes.insert(text).inserted { observer.announce("warning: \(place(rank))\(text)") }
    case .givenUp(let index, let reason):
      giveUp(index, reason, from: rank, at: now)
    case .ask:
      asking.append(rank)
    case .beat(let beat):
      if let report = beat.report { inFlight.note(report, from: rank) }
      timeline.note(beat.activity - rankTable.members[rank].activity, of: rank, at: now)
      rankTable.note(beat.activity, of: rank)
      // A worker ends as soon as it has said goodbye, so nothing may follow the stop. MPI would
      // report that it cannot reach the worker any more.
      if rank != postbox.rank && ending == nil { send(.alive, to: rank) }
    case .finished(let image):
      take(image, from: rank, at: now)
    case .failed(let failure):
      end(failure, place: place(rank), at: now)
    case .interrupted(let interrupt):
      respond(to: interrupt, at: now)
    case .goodbye:
      ending?.goodbyes.insert(rank)
    case .grant, .alive, .stop, .weights:
      preconditionFailure("\(message) was delivered to the coordinator")
    }
  }

  private func take(_ image: FinishedImage, from rank: Int, at now: ContinuousClock.Instant) {
    guard indices.contains(image.index) else {
      return end(
        Failure(
          "image \(image.index) came, but the job has \(total); please report this",
          status: .internalError),
        place: place(rank), at: now)
    }
    // Images that arrive after an interrupt are kept. After a failure, the sink may be the cause.
    guard ending == nil || ending?.status == .incomplete else { return }
    // A second copy has the same bytes.
    let isNew = settled.insert(image.index)
    inFlight.resolve(image.index, at: now)
    guard isNew else { return }
    rankTable.recordDelivery(from: rank)
    writing(at: now) { try $0.write(image, at: now) }
  }

  private func giveUp(
    _ index: Int, _ reason: String, from rank: Int, at now: ContinuousClock.Instant
  ) {
    guard indices.contains(index), settled.insert(index) else { return }
    inFlight.resolve(index, at: now)
    givenUp.append(JobStatus.GivenUp(index: index, reason: reason))
    observer.announce("warning: \(place(rank))\(reason)")
  }

  // MARK: - Handing out

  private var handsOut: Bool { interrupt == nil && !writer.isStuck }

  private func handOut(at now: ContinuousClock.Instant) {
    guard handsOut, !asking.isEmpty else { return }
    var waiting: [Int] = []
    for (place, rank) in asking.enumerated() {
      // The request of a lost rank stays open until the rank comes back.
      guard !rankTable.members[rank].isLost else {
        waiting.append(rank)
        continue
      }
      guard let batch = queue.take(except: settled) else {
        waiting += asking[place...]
        break
      }
      guard endsInTime(on: rank, at: now) else {
        queue.putBack(batch.map(\.index))
        waiting += asking[place...]
        drainInTime(at: now)
        break
      }
      inFlight.grant(batch, to: rank, at: now)
      send(.grant(batch), to: rank)
    }
    asking = waiting
    handOutCopies(at: now)
  }

  /// Gives late batches to a second rank. The first answer counts.
  private func handOutCopies(at now: ContinuousClock.Instant) {
    guard handsOut, !asking.isEmpty, !inFlight.isEmpty, now >= nextCopy ?? now else { return }
    nextCopy = now + .milliseconds(200)
    let idleCount = asking.count { !rankTable.members[$0].isLost }
    var copies = inFlight.copiesOfLatest(idleCount, at: now)[...]
    asking.removeAll { rank in
      guard !rankTable.members[rank].isLost, let batch = copies.popFirst() else { return false }
      inFlight.grantCopy(batch, to: rank, at: now)
      send(.grant(batch), to: rank)
      return true
    }
  }

  // MARK: - Helpers

  /// Sends a message. An MPI error does not end the job, because the lease of the rank will run
  /// out.
  func send(_ message: Message, to rank: Int) {
    do {
      try postbox.send(message, to: rank)
    } catch {
      lastError = "\(error)"
    }
  }

  /// Reports the result of an attempt to write.
  func writing(
    at now: ContinuousClock.Instant,
    _ attempt: (inout RetryingWriter) throws -> RetryingWriter.Event?
  ) {
    do {
      switch try attempt(&writer) {
      case nil: break
      case .stuck(let reason):
        lastError = reason
        observer.announce(
          "waiting: \(reason); no more images are started, finished ones are kept in memory, and "
            + "writing is retried for \(Self.minutes(settings.diskPatience))")
      case .recovered:
        observer.announce("writing works again; the job continues")
      case .damaged(let indices):
        regenerate(indices, at: now)
      case .gaveUp(let reason):
        lastError = reason
        end(
          .incomplete, at: now,
          saying: "error: \(reason); \(savedText)")
      }
    } catch {
      end(Failure(error, otherwise: .cannotWrite, text: settings.text), place: "", at: now)
    }
  }

  private static func minutes(_ duration: Duration) -> String {
    let seconds = Int(duration / .seconds(1))
    return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds) s"
  }

  /// The prefix of a message about `rank`. Empty if there is only one rank.
  func place(_ rank: Int) -> String {
    postbox.rankCount > 1 ? "\(name(rank)): " : ""
  }

  func name(_ rank: Int) -> String { "rank \(rank) on \(settings.hosts[rank])" }
}
