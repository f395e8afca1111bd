import Foundation
import Job
import Messaging

/// What the computing thread has to tell the main thread.
enum ComputeEvent: Sendable {
  /// Something that the user should know.
  case note(String)
  /// The image maker exists and can take a batch.
  case ready
  /// Something of this rank alone that the user should know.
  case warning(String)
  /// There will be no such image.
  case givenUp(index: Int, reason: String)
  /// A batch is done: the images of it that were not given up.
  case finished([FinishedImage])
  /// The image maker could not be created, or threw; the thread has ended.
  case failed(Failure)
}

/// Passes batches to the computing thread and events back.
///
/// Unchecked, because `NSCondition` guards every stored variable; only the computing thread waits.
final class Mailbox: @unchecked Sendable {
  let clock: ActivityClock
  private let condition = NSCondition()
  private let doorbell: Doorbell
  private var batches: [[ImageRequest]] = []
  private var events: [ComputeEvent] = []
  private var progress: StepReport?
  private var closed = false

  /// - Parameter doorbell: rung for the main thread at every event; a report can wait.
  init(doorbell: Doorbell, clock: ActivityClock) {
    self.doorbell = doorbell
    self.clock = clock
  }

  // MARK: the main thread's side

  func put(_ batch: [ImageRequest]) {
    condition.withLock {
      batches.append(batch)
      condition.signal()
    }
  }

  /// Ends the computing thread when it has finished what it is at.
  func close() {
    condition.withLock {
      closed = true
      condition.signal()
    }
  }

  /// The events since the last call, and the latest report of the batch in hand if it is news.
  func collect() -> (events: [ComputeEvent], progress: StepReport?) {
    condition.withLock {
      defer {
        events = []
        progress = nil
      }
      return (events, progress)
    }
  }

  // MARK: the computing thread's side

  /// The next batch, waited for; nil when the mailbox was closed.
  func take() -> [ImageRequest]? {
    clock.begin(.waiting)
    defer { clock.begin(.network) }
    return condition.withLock {
      while batches.isEmpty && !closed { condition.wait() }
      return closed ? nil : batches.removeFirst()
    }
  }

  func report(_ report: StepReport) {
    condition.withLock { progress = report }
  }

  func post(_ event: ComputeEvent) {
    condition.withLock {
      events.append(event)
      // A report of the batch that just ended says nothing of the next.
      progress = nil
    }
    doorbell.ring()
  }
}
