import Files
import Job

/// Passes images on to a sink. If the sink cannot take them, keeps them in memory and retries.
///
/// Transient errors, such as a full disk, are retried. Other errors are thrown.
struct RetryingWriter {
  /// The result of an attempt.
  enum Event: Equatable {
    /// Nothing can be written for this reason. Reported once, until writing works again.
    case stuck(String)
    case recovered
    /// The time limit is over. The reason is that of the last attempt.
    case gaveUp(String)
    /// These images were written, but are damaged and must be generated again.
    case damaged([Int])
  }

  private struct Trouble {
    var retries: RetrySchedule
    var nextAttempt: ContinuousClock.Instant
  }

  private let sink: any ImageSink
  private let patience: Duration
  private let text: (any Error) -> String
  private let startInBackground: (@escaping () throws -> [Int]) -> BackgroundTask<[Int]>
  private var finishing: BackgroundTask<[Int]>?
  private var held: [FinishedImage] = []
  private var trouble: Trouble?
  private(set) var writtenCount = 0
  private(set) var isFinished = false
  /// The time spent in the sink, in seconds.
  private(set) var seconds = 0.0

  /// - Parameters:
  ///   - text: describes an error to the user.
  ///   - startInBackground: runs a closure that takes long, without blocking the caller.
  init(
    _ sink: any ImageSink, patience: Duration, text: @escaping (any Error) -> String,
    startInBackground: @escaping (@escaping () throws -> [Int]) -> BackgroundTask<[Int]>
  ) {
    self.sink = sink
    self.patience = patience
    self.text = text
    self.startInBackground = startInBackground
  }

  var isStuck: Bool { trouble != nil }
  var heldCount: Int { held.count }

  /// Writes an image, after those that are waiting.
  mutating func write(_ image: FinishedImage, at now: ContinuousClock.Instant) throws -> Event? {
    held.append(image)
    return isStuck ? nil : try attempt(at: now) { try $0.writeHeld() }
  }

  /// Once all images are written, starts to write the final files, and checks whether they are
  /// done.
  mutating func finish(at now: ContinuousClock.Instant) throws -> Event? {
    guard !isStuck, held.isEmpty, !isFinished else { return nil }
    let work = finishing ?? startInBackground { [sink] in try sink.finish() }
    finishing = work
    guard let result = work.result else { return nil }
    finishing = nil
    var damaged: [Int] = []
    let event = try attempt(at: now) { writer in
      damaged = try result.get()
      writer.isFinished = damaged.isEmpty
    }
    return damaged.isEmpty ? event : .damaged(damaged)
  }

  var isFinishing: Bool { finishing != nil }

  /// Retries if it is time.
  mutating func retry(at now: ContinuousClock.Instant) throws -> Event? {
    guard let trouble, now >= trouble.nextAttempt else { return nil }
    return try attempt(at: now) { try $0.writeHeld() }
  }

  private mutating func writeHeld() throws {
    var count = 0
    defer { held.removeFirst(count) }
    for image in held {
      try sink.write(image)
      writtenCount += 1
      count += 1
    }
  }

  private mutating func attempt(
    at now: ContinuousClock.Instant, _ body: (inout RetryingWriter) throws -> Void
  ) throws -> Event? {
    let start = ContinuousClock.now
    defer { seconds += (ContinuousClock.now - start) / .seconds(1) }
    do {
      try body(&self)
    } catch let error as any TransientError where error.isTransient {
      return handleFailure(text(error), at: now)
    }
    defer { trouble = nil }
    return isStuck ? .recovered : nil
  }

  private mutating func handleFailure(_ reason: String, at now: ContinuousClock.Instant) -> Event? {
    var retries = trouble?.retries ?? RetrySchedule(since: now)
    if isStuck && retries.isOver(patience, at: now) { return .gaveUp(reason) }
    let event = isStuck ? nil : patience > .zero ? Event.stuck(reason) : .gaveUp(reason)
    let pause = retries.nextPause()
    trouble = Trouble(retries: retries, nextAttempt: now + pause)
    return event
  }
}
