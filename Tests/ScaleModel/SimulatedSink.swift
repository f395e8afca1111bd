import Coordinator
import Job

/// Where images go in virtual time: counts them, and takes the coordinator's time for each.
final class SimulatedSink: ImageSink {
  private let postbox: SimulatedPostbox
  private let times: ServiceTimes
  /// The images written.
  private(set) var written: IndexBitmap
  /// Images that were written once more.
  private(set) var repeatCount = 0
  private(set) var isFinished = false

  init(_ postbox: SimulatedPostbox, times: ServiceTimes, imageCount: Int) {
    self.postbox = postbox
    self.times = times
    written = IndexBitmap(capacity: imageCount)
  }

  func write(_ image: FinishedImage) {
    switch image.content {
    case .png: postbox.spend(times.writeFile)
    case .written: postbox.spend(times.publishFile)
    }
    if !written.insert(image.index) { repeatCount += 1 }
  }

  func finish() -> [Int] {
    isFinished = true
    return []
  }
}

/// Asks for the status as often as the program does, and counts what is said.
final class SimulatedObserver: DispatchObserver {
  private(set) var announcements: [String] = []
  private var nextStatus: ContinuousClock.Instant?

  func announce(_ text: String) { announcements.append(text) }

  func observe(
    at now: ContinuousClock.Instant, state: JobStatus.State, done: () -> Double,
    status: () -> JobStatus
  ) {
    guard now >= nextStatus ?? now else { return }
    nextStatus = now + .seconds(2)
    _ = (done(), status())
  }

  func finish() {}
  func leave(_ status: JobStatus) {}
}
