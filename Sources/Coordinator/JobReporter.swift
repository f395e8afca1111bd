import Foundation
import Job

/// Shows a job's progress to the user, and publishes its status for other programs.
package final class JobReporter: DispatchObserver {
  private static let publishInterval = Duration.seconds(2)

  private let write: (JobStatus) throws -> Void
  private var hasFailedToWrite = false
  private let started = Date()
  private let startedAt = ContinuousClock.now
  private var display: ProgressDisplay
  private var meter = RateMeter()
  private var latest: (status: JobStatus, done: Double)?
  private var publishedState: JobStatus.State?
  private var nextPublication: ContinuousClock.Instant?
  private var isOver = false

  /// - Parameter publish: writes the status for other programs. Called every two seconds and when
  ///   the state changes. Its first error becomes a warning.
  package init(
    _ display: ProgressDisplay, publish: @escaping (JobStatus) throws -> Void = { _ in }
  ) {
    self.display = display
    write = publish
  }

  package func announce(_ text: String) { display.announce(text) }

  package func observe(
    at now: ContinuousClock.Instant, state: JobStatus.State, done: () -> Double,
    status: () -> JobStatus
  ) {
    guard !isOver else { return }
    // The final line is not overwritten.
    let isShown = !state.isOver && display.isDue(at: now)
    let isPublished = now >= nextPublication ?? now || state != publishedState
    guard isShown || isPublished else { return }
    let (status, done) = (filled(status(), done: done(), at: now), done())
    latest = (status, done)
    if isShown { display.show(ProgressText(status, done: done)) }
    guard isPublished else { return }
    nextPublication = now + Self.publishInterval
    publishedState = state
    publish(status)
  }

  package func finish() {
    guard var (status, _) = latest else { return }
    status.done = status.total - status.givenUp.count
    status.secondsLeft = 0
    status.state = .finishing
    display.end(ProgressText(status, done: Double(status.total)))
  }

  /// Publishes the status of a job before its dispatcher exists.
  package func start(_ status: JobStatus) {
    publish(filled(status, done: Double(status.done), at: .now))
  }

  package func leave(_ status: JobStatus) {
    isOver = true
    var status = filled(status, done: Double(status.done), at: .now)
    status.ranks.alive = 0
    publish(status)
  }

  private func publish(_ status: JobStatus) {
    do {
      try write(status)
    } catch {
      if !hasFailedToWrite { display.announce("warning: \(error)") }
      hasFailedToWrite = true
    }
  }

  /// Adds rates and times, which the dispatcher does not know. It only knows how long a draining
  /// job will take.
  private func filled(
    _ status: JobStatus, done: Double, at now: ContinuousClock.Instant
  ) -> JobStatus {
    var status = status
    meter.note(done: done - Double(status.doneBefore), at: now)
    status.imagesPerSecond = meter.rate
    if status.state.isOver {
      status.secondsLeft = status.state == .complete ? 0 : nil
    } else if status.state != .draining {
      status.secondsLeft = meter.rate.map { (Double(status.total) - done) / $0 }
    }
    let seconds = (now - startedAt) / .seconds(1)
    status.ranks.slowestRate = status.ranks.slowestCount.map { Double($0) / seconds }
    status.started = ISO8601DateFormatter().string(from: started)
    status.updated = ISO8601DateFormatter().string(from: Date())
    status.host = ProcessInfo.processInfo.hostName
    status.process = Int(getpid())
    return status
  }
}
