import Job
import Messaging

/// The worker's loop. It receives batches from the coordinator and sends finished images back.
///
/// It holds at most two batches: one that is being sampled, and the next one when the first is
/// nearly done. Asking late leaves the last batches of a job to ranks that are free.
package final class BatchWorker: Participant {
  /// The fraction of a batch after which the next is requested. An answer takes milliseconds.
  private static let askAheadFrom = 0.9

  package private(set) var outcome: ExitStatus?
  /// Whether the coordinator died or fell silent, so that this rank ends by itself.
  package private(set) var isOrphaned = false
  /// The final message of a rank without a coordinator. Only the first living rank prints it.
  package private(set) var lastWords: String?

  private let postbox: any Postbox
  private let lease: Lease
  private let interrupt: () -> Interrupt?
  private let mailbox: Mailbox
  private var batchesHeld = 0
  private var isAsking = false
  private var passedInterrupt: Interrupt?
  private var latestReport: StepReport?
  private var nextBeat: ContinuousClock.Instant?
  private var watch = PausedClock()
  private var lastHeard: ContinuousClock.Instant?
  /// Ranks that were dead at the last turn. Other ranks without a coordinator may have exited
  /// since.
  private var deadBefore: Set<Int> = []

  /// Starts the computing thread.
  ///
  /// - Parameters:
  ///   - failure: describes an error of the image maker to the user.
  ///   - interrupt: returns the strongest interrupt of this process so far.
  ///   - makeImageMaker: called once, on the computing thread, with a function that shows a message
  ///     to the user. An error that it throws ends the job.
  package init(
    postbox: any Postbox, lease: Lease = Lease(), clock: ActivityClock = ActivityClock(),
    failure: @escaping @Sendable (any Error) -> Failure = { Failure($0) },
    interrupt: @escaping () -> Interrupt? = { InterruptSignal.latest },
    makeImageMaker:
      @escaping @Sendable (_ note: @escaping (String) -> Void) throws -> any ImageMaker
  ) {
    self.postbox = postbox
    self.lease = lease
    self.interrupt = interrupt
    mailbox = Mailbox(doorbell: postbox.doorbell, clock: clock)
    ComputeThread.start(mailbox: mailbox, failure: failure, makeImageMaker: makeImageMaker)
  }

  package func turn(at now: ContinuousClock.Instant) throws -> Bool {
    watch.turn(at: now)
    var busy = false
    while outcome == nil, let envelope = postbox.receive(for: .worker) {
      lastHeard = watch.time(at: now)
      try handle(envelope.message)
      busy = true
    }
    guard outcome == nil else { return true }
    try forwardInterrupt()
    let (events, progress) = mailbox.collect()
    for event in events {
      try handle(event)
      busy = true
    }
    if let progress { try handle(progress) }
    try beat(at: now)
    leaveIfOrphaned(at: now)
    return busy
  }

  private func handle(_ message: Message) throws {
    switch message {
    case .alive:
      break
    case .grant(let requests):
      isAsking = false
      batchesHeld += 1
      mailbox.put(requests)
    case .stop(let status):
      mailbox.close()
      try postbox.send(.beat(Beat(report: nil, activity: mailbox.clock.activity)), to: 0)
      try postbox.send(.goodbye, to: 0)
      outcome = status
    default:
      preconditionFailure("\(message) was delivered to a worker")
    }
  }

  private func handle(_ event: ComputeEvent) throws {
    switch event {
    case .note(let text):
      try postbox.send(.note(text), to: 0)
    case .warning(let text):
      try postbox.send(.warning(text), to: 0)
    case .givenUp(let index, let reason):
      try postbox.send(.givenUp(index: index, reason: reason), to: 0)
    case .ready:
      try ask()
    case .finished(let image):
      try postbox.send(.finished(image), to: 0)
    case .batchEnded:
      batchesHeld -= 1
      latestReport = nil
      if batchesHeld == 0 { try ask() }
    case .failed(let failure):
      try postbox.send(.failed(failure), to: 0)
    }
  }

  private func handle(_ progress: StepReport) throws {
    latestReport = progress
    if batchesHeld == 1 && progress.fraction >= Self.askAheadFrom { try ask() }
  }

  /// Requests a batch, unless a request is open. The coordinator answers when it has one.
  private func ask() throws {
    guard !isAsking else { return }
    isAsking = true
    try postbox.send(.ask, to: 0)
  }

  private func forwardInterrupt() throws {
    guard let latest = interrupt(), latest != passedInterrupt else { return }
    passedInterrupt = latest
    try postbox.send(.interrupted(latest), to: 0)
  }

  // MARK: - Signs of life

  private func beat(at now: ContinuousClock.Instant) throws {
    if let nextBeat, now < nextBeat { return }
    nextBeat = now + lease.beatInterval(rankCount: postbox.rankCount)
    try postbox.send(.beat(Beat(report: latestReport, activity: mailbox.clock.activity)), to: 0)
  }

  private func leaveIfOrphaned(at now: ContinuousClock.Instant) {
    guard postbox.rank != 0 else { return }
    let time = watch.time(at: now)
    let heard = lastHeard ?? time
    lastHeard = heard
    let isDead = postbox.deadRanks.contains(0)
    defer { deadBefore = postbox.deadRanks }
    guard isDead || time - heard > lease.patience else { return }
    mailbox.close()
    isOrphaned = true
    outcome = .incomplete
    guard deadBefore.isSuperset(of: 1..<postbox.rank) else { return }
    let fate = isDead ? "died" : "has been silent for \(Int(lease.patience / .seconds(1))) s"
    lastWords = "error: rank 0 \(fate), so all ranks end. Run the same command to continue."
  }
}
