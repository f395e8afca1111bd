import Foundation
import Job
import Messaging
import Terminal

/// Shows the progress of a job: as a bar that is redrawn in place, or as occasional lines.
package struct ProgressDisplay {
  /// The form in which progress is shown.
  package enum Style: Sendable {
    /// A bar, redrawn in place up to five times a second.
    case bar(TerminalDevice)
    /// Plain lines after 5, 10, 20, … seconds, and finally every five minutes.
    case lines
    /// Only warnings and errors.
    case quiet

    /// Returns a bar if standard error is a terminal, and lines otherwise.
    package static func detect(launch: LaunchEnvironment = .current) -> Self {
      TerminalDevice.ofStandardError(isLaunched: launch.isLaunched).map { .bar($0) } ?? .lines
    }
  }

  private static let redrawInterval = Duration.milliseconds(200)
  private static let longestInterval = Duration.seconds(300)

  private let style: Style
  private let write: (String) -> Void
  private var interval: Duration
  private var nextTime: ContinuousClock.Instant?
  private var bar: RedrawnLine?

  /// - Parameter write: writes a text, by default to standard error.
  package init(
    _ style: Style,
    write: @escaping (String) -> Void = StandardStream.error.write
  ) {
    self.style = style
    self.write = write
    interval = .seconds(5)
    if case .bar(let terminal) = style {
      interval = Self.redrawInterval
      bar = RedrawnLine(terminal)
    }
  }

  /// Returns whether progress should be shown now. If so, the time until the next one starts.
  mutating func isDue(at now: ContinuousClock.Instant) -> Bool {
    guard let due = nextTime else {
      nextTime = now + interval
      return false
    }
    guard now >= due else { return false }
    if bar == nil { interval = min(interval * 2, Self.longestInterval) }
    nextTime = now + interval
    return true
  }

  mutating func show(_ text: ProgressText) {
    switch style {
    case .bar: write(bar!.draw(text.bar(room:)))
    case .lines: write(text.line + "\n")
    case .quiet: break
    }
  }

  /// Shows the final state, and leaves the cursor on a new line.
  mutating func end(_ text: ProgressText) {
    show(text)
    if let end = bar?.end() { write(end) }
  }

  /// Writes a line of text. The bar is removed first, and drawn below the line the next time.
  mutating func announce(_ text: String) {
    if case .quiet = style, !Announcement.isImportant(text) { return }
    write((bar?.erase() ?? "") + text + "\n")
  }
}

/// A line that informs the user.
package enum Announcement {
  /// Returns whether a line is printed in a quiet job: warnings, errors, and the reason why a job
  /// waits or ended early.
  package static func isImportant(_ text: String) -> Bool {
    let beginnings = ["error:", "warning:", "waiting:", "interrupted:", "drained:"]
    return beginnings.contains { text.hasPrefix($0) }
  }
}
