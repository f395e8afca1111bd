import Foundation
import Job
import Messaging
import Terminal

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
  private var barLength = 0

  /// - Parameter write: writes to standard error unless told otherwise.
  package init(
    _ style: Style,
    write: @escaping (String) -> Void = StandardStream.error.write
  ) {
    self.style = style
    self.write = write
    interval = style == .bar ? Self.redrawInterval : .seconds(5)
  }

  /// Whether something is to be shown now; the next time is counted from now.
  mutating func isDue(at now: ContinuousClock.Instant) -> Bool {
    guard let due = nextTime else {
      nextTime = now + interval
      return false
    }
    guard now >= due, style != .none else { return false }
    if style == .lines { interval = min(interval * 2, Self.longestInterval) }
    nextTime = now + interval
    return true
  }

  mutating func show(_ text: ProgressText) {
    switch style {
    case .bar:
      let bar = text.bar
      write("\r" + bar.padding(toLength: max(bar.count, barLength), withPad: " ", startingAt: 0))
      barLength = bar.count
    case .lines: write(text.line + "\n")
    case .none: break
    }
  }

  /// Shows how it stands at last and leaves the cursor on a new line.
  mutating func end(_ text: ProgressText) {
    show(text)
    if style == .bar { write("\n") }
    barLength = 0
  }

  /// Writes a line of text; a bar gives way to it.
  mutating func announce(_ text: String) {
    if barLength > 0 { write("\r" + String(repeating: " ", count: barLength) + "\r") }
    barLength = 0
    write(text + "\n")
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
