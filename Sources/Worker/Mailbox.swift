import Foundation
import Job
import Messaging

/// An event that the computing thread reports to the main thread.
enum ComputeEvent: Sendable {
  /// A message for the user.
  case note(String)
  /// The image maker exists and can take a batch.
  case ready
  /// A message for the user about this rank.
  case warning(String)
  /// The image will not be generated.
  case givenUp(index: Int, reason: String)
  /// An image of the current batch is finished.
  case finished(FinishedImage)
  /// All images of the current batch are finished or given up.
  case batchEnded
  /// The image maker could not be created, or threw an error. The thread has ended.
  case failed(Failure)
}

/// Passes batches to the computing thread, and events back.
///
/// Unchecked, because `NSCondition` guards every stored variable. Only the computing thread waits.
final class Mailbox: @unchecked Sendable {
  let clock: ActivityClock
  private let condition = NSCondition()
  private let doorbell: Doorbell
  private var batches: [[ImageRequest]] = []
  private var events: [ComputeEvent] = []
  private var progress: StepReport?
  private var closed = false

  /// - Parameter doorbell: wakes the main thread at every event. Reports can wait.
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

  /// Ends the computing thread after its current batch.
  func close() {
    condition.withLock {
      closed = true
      condition.signal()
    }
  }

  /// Returns the events since the last call, and the latest report of the current batch if it is
  /// new.
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

  /// Waits for the next batch and returns it, or `nil` if the mailbox was closed.
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
      // A report of the batch that just ended does not apply to the next one.
      if case .batchEnded = event { progress = nil }
    }
    doorbell.ring()
  }
}
