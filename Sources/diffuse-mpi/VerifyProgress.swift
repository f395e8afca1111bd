import Foundation
import Terminal

/// How far `verify` has come: a line that is written over on a terminal, lines at growing intervals
/// elsewhere; nothing for what takes a moment.
final class VerifyProgress {
  private let total: Int
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var pause = 1.0
  private var next = Date(timeIntervalSinceNow: 1)
  private var isShown = false

  init(total: Int) {
    self.total = total
  }

  func show(_ count: Int) {
    guard Date() >= next else { return }
    if !isTerminal { pause *= 2 }
    next = Date(timeIntervalSinceNow: pause)
    isShown = true
    let line = "\(count) of \(total) images checked"
    StandardStream.error.write(isTerminal ? "\r\(line)" : "\(line)\n")
  }

  /// Ends the line.
  func end() {
    if isShown && isTerminal { Console.note("") }
  }
}
