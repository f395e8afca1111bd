import Coordinator
import Job

/// A sink in virtual time. It counts images, and takes time of the coordinator for each.
final class SimulatedSink: ImageSink {
  private let postbox: SimulatedPostbox
  private let times: ServiceTimes
  /// The written images.
  private(set) var written: IndexBitmap
  /// The number of images that were written again.
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

/// Requests the status as often as the program does, and records announcements.
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
