import Job
import Messaging

/// The worker's loop: takes batches from the coordinator and sends finished images back.
///
/// Holds at most two batches: one being sampled, and the next once the first is nearly done. Asking
/// late keeps the last batches of a job for ranks that are free.
package final class BatchWorker: Participant {
  /// The part of a batch after which the next is asked for; an answer takes milliseconds.
  private static let askAheadFrom = 0.9
  private static let reportInterval = Duration.milliseconds(100)

  package private(set) var outcome: ExitStatus?

  private let postbox: any Postbox
  private let interrupted: () -> Bool
  private let mailbox: Mailbox
  private var batchesHeld = 0
  private var isAsking = false
  private var hasPassedInterrupt = false
  private var nextReport: ContinuousClock.Instant?

  /// Starts the computing thread.
  ///
  /// - Parameters:
  ///   - interrupted: whether a signal asked this process to stop.
  ///   - makeImageMaker: called once, on the computing thread, with a function that tells the user
  ///     something. What it throws ends the job.
  package init(
    postbox: any Postbox, interrupted: @escaping () -> Bool = { InterruptSignal.hasArrived },
    makeImageMaker:
      @escaping @Sendable (_ note: @escaping (String) -> Void) throws -> any ImageMaker
  ) {
    self.postbox = postbox
    self.interrupted = interrupted
    mailbox = Mailbox(doorbell: postbox.doorbell)
    ComputeThread.start(mailbox: mailbox, makeImageMaker: makeImageMaker)
  }

  package func turn(at now: ContinuousClock.Instant) throws -> Bool {
    var busy = false
    while outcome == nil, let envelope = postbox.receive(for: .worker) {
      try handle(envelope.message)
      busy = true
    }
    guard outcome == nil else { return true }
    if !hasPassedInterrupt && interrupted() {
      hasPassedInterrupt = true
      try postbox.send(.interrupted, to: 0)
    }
    let (events, progress) = mailbox.collect()
    for event in events {
      try handle(event)
      busy = true
    }
    if let progress { try handle(progress, at: now) }
    return busy
  }

  private func handle(_ message: Message) throws {
    switch message {
    case .grant(let requests):
      isAsking = false
      batchesHeld += 1
      mailbox.put(requests)
    case .stop(let status):
      mailbox.close()
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
    case .ready:
      try ask()
    case .finished(let images):
      batchesHeld -= 1
      for image in images { try postbox.send(.finished(image), to: 0) }
      if batchesHeld == 0 { try ask() }
    case .failed(let failure):
      try postbox.send(.failed(failure), to: 0)
    }
  }

  private func handle(_ progress: StepReport, at now: ContinuousClock.Instant) throws {
    if batchesHeld == 1 && progress.fraction >= Self.askAheadFrom { try ask() }
    if let nextReport, now < nextReport { return }
    nextReport = now + Self.reportInterval
    try postbox.send(.step(progress), to: 0)
  }

  /// Asks for a batch, unless a question is open: the coordinator answers when it has one.
  private func ask() throws {
    guard !isAsking else { return }
    isAsking = true
    try postbox.send(.ask, to: 0)
  }
}
