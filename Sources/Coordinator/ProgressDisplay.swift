import Foundation
import Messaging

/// Shows how far a job has come: a bar drawn in place, or now and then a line.
package struct ProgressDisplay {
  /// How progress is shown.
  package enum Style: Sendable {
    /// A bar, redrawn in place up to five times a second.
    case bar
    /// Plain lines after 5, 10, 20, … seconds, at last every five minutes.
    case lines
    /// Nothing.
    case none
  }

  private static let redrawInterval = Duration.milliseconds(200)
  private static let longestInterval = Duration.seconds(300)

  private let style: Style
  private let write: (String) -> Void
  private var interval: Duration
  private var nextTime: ContinuousClock.Instant?
  private var origin: (time: ContinuousClock.Instant, done: Double)?
  private var latest: ProgressText
  private var barLength = 0

  /// - Parameters:
  ///   - total: how many images the job has.
  ///   - write: writes to standard error unless told otherwise.
  package init(
    _ style: Style, total: Int, rankCount: Int,
    write: @escaping (String) -> Void = { FileHandle.standardError.write(Data($0.utf8)) }
  ) {
    self.style = style
    self.write = write
    interval = style == .bar ? Self.redrawInterval : .seconds(5)
    latest = ProgressText(delivered: 0, done: 0, total: total, rankCount: rankCount)
  }

  /// Takes the latest counts and shows them if it is time.
  ///
  /// - Parameter done: images' worth of sampling done, delivered or not.
  package mutating func update(delivered: Int, done: Double, at now: ContinuousClock.Instant) {
    latest.delivered = delivered
    latest.done = done
    measureRate(at: now)
    guard let due = nextTime else {
      nextTime = now + interval
      return
    }
    guard now >= due else { return }
    show()
    if style == .lines { interval = min(interval * 2, Self.longestInterval) }
    nextTime = now + interval
  }

  /// Shows that all images are there and leaves the cursor on a new line.
  package mutating func end() {
    latest.delivered = latest.total
    latest.done = Double(latest.total)
    show()
    if style == .bar { write("\n") }
    barLength = 0
  }

  /// Writes a line of text; a bar gives way to it.
  package mutating func announce(_ text: String) {
    if barLength > 0 { write("\r" + String(repeating: " ", count: barLength) + "\r") }
    barLength = 0
    write(text + "\n")
  }

  /// The clock starts with the first work done, so that loading the networks does not count.
  private mutating func measureRate(at now: ContinuousClock.Instant) {
    guard latest.done > 0 else { return }
    guard let origin else {
      origin = (now, latest.done)
      return
    }
    let seconds = (now - origin.time) / .seconds(1)
    let gained = latest.done - origin.done
    if seconds > 0 && gained > 0 { latest.rate = gained / seconds }
  }

  private mutating func show() {
    switch style {
    case .bar:
      let bar = latest.bar
      write("\r" + bar.padding(toLength: max(bar.count, barLength), withPad: " ", startingAt: 0))
      barLength = bar.count
    case .lines: write(latest.line + "\n")
    case .none: break
    }
  }
}

extension ProgressDisplay.Style {
  /// A bar where standard error ends at a terminal, lines elsewhere.
  ///
  /// mpirun gives its processes a pipe for standard error and copies it to its own, so there it is
  /// the parent's that counts.
  package static func detect(launch: LaunchEnvironment = .current) -> Self {
    if isatty(STDERR_FILENO) == 1 { return .bar }
    guard launch.isLaunched else { return .lines }
    let parentsError = "/proc/\(getppid())/fd/\(STDERR_FILENO)"
    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: parentsError)
    return target.map { $0.hasPrefix("/dev/pts/") || $0.hasPrefix("/dev/tty") } == true
      ? .bar : .lines
  }
}
