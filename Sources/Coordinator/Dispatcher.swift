import Job
import Messaging

/// The coordinator's loop on rank 0: hands out batches, passes finished images on, ends the job.
///
/// Each image is settled once: by the first answer that comes, from whichever rank, or by being
/// given up. Ranks that fall silent lose their lease and their images go to others; ranks with
/// nothing left to do make again what would be ready last.
package final class Dispatcher: Participant {
  /// How a job is run, beside what it makes.
  package struct Settings {
    /// Images a batch, at least 1.
    package var batchSize: Int
    package var lease: Lease
    /// How long to wait for a disk that is full.
    package var diskPatience: Duration
    /// The host of every rank, for messages.
    package var hosts: [String]
    /// Calls what it is given: what is written last may take minutes, in which ranks must be
    /// answered, so jobs give it a thread.
    package var runAside: (@escaping @Sendable () -> Void) -> Void = { $0() }

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
  /// Seconds that each rank spent on what, and when.
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
  var roster: Roster
  var writer: PatientWriter
  /// Images that nobody has to make any more.
  var settled: IndexBitmap
  package internal(set) var givenUp: [JobStatus.GivenUp] = []
  /// How often images turned out to be damaged when they were read back, by index.
  var damages: [Int: Int] = [:]
  /// Ranks whose question is open, in the order in which they asked.
  var asking: [Int] = []
  var interrupt: Interrupt?
  /// When the batches that are finished after a Ctrl-C are no longer waited for.
  var wrapUpDeadline: ContinuousClock.Instant?
  var ending: Ending?
  var lastError: String?
  private var notes: Set<String> = []
  private var nextCopy: ContinuousClock.Instant?

  /// - Parameters:
  ///   - done: images that are there already.
  ///   - observer: shows the user, and other programs, how the job goes.
  package init(
    work: Work, done: IndexBitmap, settings: Settings, postbox: any Postbox,
    sink: any ImageSink, observer: any DispatchObserver
  ) {
    precondition(settings.hosts.count == postbox.rankCount, "a host a rank")
    precondition(done.indices == work.indices, "the images that exist are those of another job")
    self.postbox = postbox
    self.settings = settings
    self.observer = observer
    indices = work.indices
    doneBefore = done.count
    settled = done
    queue = WorkQueue(work, batchSize: settings.batchSize)
    roster = Roster(rankCount: postbox.rankCount, lease: settings.lease)
    writer = PatientWriter(sink, patience: settings.diskPatience) { [postbox] work in
      AsideWork(run: settings.runAside, doorbell: postbox.doorbell, work: work)
    }
    timeline = Timeline(rankCount: postbox.rankCount)
  }

  package func turn(at now: ContinuousClock.Instant) throws -> Bool {
    roster.turn(at: now)
    timeline.begin(at: now)
    var busy = false
    while let envelope = postbox.receive(for: .coordinator) {
      hear(envelope.source, at: now)
      handle(envelope.message, from: envelope.source, at: now)
      busy = true
    }
    loseSilentRanks(at: now)
    if ending == nil {
      writing(at: now) { try $0.retry(at: now) }
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
      observer.announce("warning: \(place(rank))\(text)")
    case .givenUp(let index, let reason):
      giveUp(index, reason, from: rank, at: now)
    case .ask:
      asking.append(rank)
    case .beat(let beat):
      if let report = beat.report { inFlight.note(report, from: rank) }
      timeline.note(beat.activity - roster.members[rank].activity, of: rank, at: now)
      roster.note(beat.activity, of: rank)
      if rank != postbox.rank { send(.alive, to: rank) }
    case .finished(let image):
      take(image, from: rank, at: now)
    case .failed(let failure):
      end(failure, place: place(rank), at: now)
    case .interrupted(let interrupt):
      obey(interrupt, at: now)
    case .goodbye:
      ending?.goodbyes.insert(rank)
    case .grant, .alive, .stop:
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
    // What comes in after an interrupt is kept; after a failure, the sink may be what failed.
    guard ending == nil || ending?.status == .incomplete else { return }
    // A second copy has the same bytes.
    let isNew = settled.insert(image.index)
    inFlight.settle(image.index, at: now)
    guard isNew else { return }
    roster.noteDelivery(from: rank)
    writing(at: now) { try $0.write(image, at: now) }
  }

  private func giveUp(
    _ index: Int, _ reason: String, from rank: Int, at now: ContinuousClock.Instant
  ) {
    guard indices.contains(index), settled.insert(index) else { return }
    inFlight.settle(index, at: now)
    givenUp.append(JobStatus.GivenUp(index: index, reason: reason))
    observer.announce("warning: \(place(rank))\(reason)")
  }

  // MARK: - Handing out

  private var handsOut: Bool { interrupt == nil && !writer.isStuck }

  private func handOut(at now: ContinuousClock.Instant) {
    guard handsOut, !asking.isEmpty else { return }
    var waiting: [Int] = []
    for (place, rank) in asking.enumerated() {
      // The question of a rank that is lost stays open until it comes back.
      guard !roster.members[rank].isLost else {
        waiting.append(rank)
        continue
      }
      guard let batch = queue.take(except: settled) else {
        waiting += asking[place...]
        break
      }
      inFlight.grant(batch, to: rank, at: now)
      send(.grant(batch), to: rank)
    }
    asking = waiting
    handOutCopies(at: now)
  }

  /// What is late is given to a second rank; the first answer counts.
  private func handOutCopies(at now: ContinuousClock.Instant) {
    guard !asking.isEmpty, !inFlight.isEmpty, now >= nextCopy ?? now else { return }
    nextCopy = now + .milliseconds(200)
    let idleCount = asking.count { !roster.members[$0].isLost }
    var copies = inFlight.copiesOfLatest(idleCount, at: now)[...]
    asking.removeAll { rank in
      guard !roster.members[rank].isLost, let batch = copies.popFirst() else { return false }
      inFlight.grantCopy(batch, to: rank, at: now)
      send(.grant(batch), to: rank)
      return true
    }
  }

  // MARK: - Helpers

  /// Sends a message; a fault of MPI's is no fault of the job, the lease of the rank will tell.
  func send(_ message: Message, to rank: Int) {
    do {
      try postbox.send(message, to: rank)
    } catch {
      lastError = "\(error)"
    }
  }

  /// Says what an attempt to write came to.
  func writing(
    at now: ContinuousClock.Instant,
    _ attempt: (inout PatientWriter) throws -> PatientWriter.Event?
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
        remake(indices, at: now)
      case .gaveUp(let reason):
        lastError = reason
        end(
          .incomplete, at: now,
          saying: "error: \(reason); \(savedText)")
      }
    } catch {
      end(Failure(error, otherwise: .cannotWrite), place: "", at: now)
    }
  }

  private static func minutes(_ duration: Duration) -> String {
    let seconds = Int(duration / .seconds(1))
    return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds) s"
  }

  /// The beginning of a message about what happened on `rank`; a lone rank goes without saying.
  func place(_ rank: Int) -> String {
    postbox.rankCount > 1 ? "\(name(rank)): " : ""
  }

  func name(_ rank: Int) -> String { "rank \(rank) on \(settings.hosts[rank])" }
}
