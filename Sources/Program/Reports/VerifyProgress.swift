import Foundation
import Messaging
import Terminal

/// The progress of `verify`: a line redrawn in place on a terminal, lines at growing intervals
/// elsewhere; nothing for what takes a moment.
final class VerifyProgress {
  private let total: Int
  private let write: (String) -> Void
  private var line = TerminalDevice.ofStandardError(
    isLaunched: LaunchEnvironment.current.isLaunched
  ).map { RedrawnLine($0) }
  private var pause = 1.0
  private var next = Date(timeIntervalSinceNow: 1)

  /// - Parameter write: writes to standard error unless told otherwise.
  init(total: Int, write: @escaping (String) -> Void = StandardStream.error.write) {
    self.total = total
    self.write = write
  }

  func show(_ count: Int) {
    guard Date() >= next else { return }
    if line == nil { pause *= 2 }
    next = Date(timeIntervalSinceNow: pause)
    write(line?.draw { text(count, room: $0) } ?? text(count, room: .max) + "\n")
  }

  /// The longest text that fits.
  private func text(_ count: Int, room: Int) -> String {
    let short = "\(count)/\(total)"
    let texts = ["\(count) of \(total) images checked", "\(short) images", short]
    return texts.first { $0.count <= room } ?? ""
  }

  /// Ends the line.
  func end() {
    if let end = line?.end(), !end.isEmpty { write(end) }
  }
}
