import Foundation
import Messaging
import Terminal

/// The progress of a command that reads many images: a line that is redrawn in place on a terminal,
/// and lines at growing intervals otherwise. Nothing is shown if the command takes only a moment.
final class ReadingProgress {
  private let total: Int
  private let things: String
  private let action: String
  private let write: (String) -> Void
  private var line = TerminalDevice.ofStandardError(
    isLaunched: LaunchEnvironment.current.isLaunched
  ).map { RedrawnLine($0) }
  private var pause = 1.0
  private var next = Date(timeIntervalSinceNow: 1)

  /// - Parameters:
  ///   - things: what is counted, in the plural.
  ///   - action: what is done with them, such as `checked`.
  ///   - write: writes a text, by default to standard error.
  init(
    total: Int, _ things: String, _ action: String,
    write: @escaping (String) -> Void = StandardStream.error.write
  ) {
    self.total = total
    self.things = things
    self.action = action
    self.write = write
  }

  func show(_ count: Int) {
    guard Date() >= next else { return }
    if line == nil { pause *= 2 }
    next = Date(timeIntervalSinceNow: pause)
    write(line?.draw { text(count, room: $0) } ?? text(count, room: .max) + "\n")
  }

  /// Returns the longest text that fits.
  private func text(_ count: Int, room: Int) -> String {
    let short = "\(count)/\(total)"
    let texts = ["\(count) of \(total) \(things) \(action)", "\(short) \(things)", short]
    return texts.first { $0.count <= room } ?? ""
  }

  /// Ends the line.
  func end() {
    if let end = line?.end(), !end.isEmpty { write(end) }
  }
}
