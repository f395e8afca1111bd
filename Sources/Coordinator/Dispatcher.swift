import Job
import Messaging

/// The coordinator's loop on rank 0: hands out batches, passes finished images on, ends the job.
package final class Dispatcher: Participant {
  /// How long rank 0 waits for the other ranks to say goodbye once the job is over.
  private static let goodbyeLimit = Duration.seconds(1)

  package private(set) var outcome: ExitStatus?

  private let postbox: any Postbox
  private let sink: any ImageSink
  private let hosts: [String]
  private let total: Int
  private var queue: WorkQueue
  private var inFlight = BatchesInFlight()
  private var delivered = 0
  private var display: ProgressDisplay
  private var notes: Set<String> = []
  private var closing: (status: ExitStatus, goodbyes: Int)?
  private var closingDeadline: ContinuousClock.Instant?

  /// - Parameters:
  ///   - batchSize: images a batch, at least 1.
  ///   - hosts: the host of every rank, for messages.
  ///   - display: shows progress, and what ends the job early.
  package init(
    plan: ImagePlan, batchSize: Int, postbox: any Postbox, sink: any ImageSink, hosts: [String],
    display: ProgressDisplay
  ) {
    precondition(hosts.count == postbox.rankCount, "a host a rank")
    self.postbox = postbox
    self.sink = sink
    self.hosts = hosts
    self.display = display
    total = plan.count
    queue = WorkQueue(plan, batchSize: batchSize)
  }

  package func turn(at now: ContinuousClock.Instant) throws -> Bool {
    var busy = false
    while let envelope = postbox.receive(for: .coordinator) {
      try handle(envelope.message, from: envelope.source)
      busy = true
    }
    if let closing {
      leaveIfAllAreGone(closing, at: now)
    } else {
      display.update(
        delivered: delivered, done: Double(delivered) + inFlight.undelivered, at: now)
    }
    return busy
  }

  private func handle(_ message: Message, from rank: Int) throws {
    switch message {
    case .note(let text):
      if notes.insert(text).inserted { display.announce(text) }
    case .ask:
      // After the last batch an open question stays open until `stop`.
      guard closing == nil, let batch = queue.take() else { return }
      inFlight.grant(batch, to: rank)
      try postbox.send(.grant(batch), to: rank)
    case .step(let report):
      inFlight.note(report, from: rank)
    case .finished(let image):
      try take(image, from: rank)
    case .failed(let failure):
      try close(failure, place: place(rank))
    case .interrupted:
      try interrupt()
    case .goodbye:
      closing?.goodbyes += 1
    case .grant, .stop:
      preconditionFailure("\(message) was delivered to the coordinator")
    }
  }

  private func take(_ image: FinishedImage, from rank: Int) throws {
    guard inFlight.deliver(image.index, from: rank) else {
      return try close(
        Failure(
          "image \(image.index) came without being asked for; please report this",
          status: .internalError),
        place: place(rank))
    }
    // What comes in after an interrupt is kept; after a failure, the sink may be what failed.
    guard closing == nil || closing?.status == .incomplete else { return }
    do {
      try sink.write(image)
      delivered += 1
      guard delivered == total && closing == nil else { return }
      display.end()
      try sink.finish()
      try close(.success)
    } catch {
      try close(Failure(error, otherwise: .cannotWrite), place: "")
    }
  }

  // MARK: - The end

  private func interrupt() throws {
    guard closing == nil else { return }
    display.announce("interrupted: \(delivered) of \(total) images are written")
    try close(.incomplete)
  }

  /// Ends the job for a reason that is printed; only the first one is.
  private func close(_ failure: Failure, place: String) throws {
    guard closing == nil else { return }
    display.announce("error: \(place)\(failure.message)")
    try close(failure.status)
  }

  private func close(_ status: ExitStatus) throws {
    guard closing == nil else { return }
    closing = (status, 0)
    for rank in 0..<postbox.rankCount { try postbox.send(.stop(status), to: rank) }
  }

  private func leaveIfAllAreGone(
    _ closing: (status: ExitStatus, goodbyes: Int), at now: ContinuousClock.Instant
  ) {
    let deadline = closingDeadline ?? now + Self.goodbyeLimit
    closingDeadline = deadline
    if closing.goodbyes >= postbox.rankCount || now >= deadline { outcome = closing.status }
  }

  /// The beginning of a message about what happened on `rank`; a lone rank goes without saying.
  private func place(_ rank: Int) -> String {
    postbox.rankCount > 1 ? "rank \(rank) on \(hosts[rank]): " : ""
  }
}
