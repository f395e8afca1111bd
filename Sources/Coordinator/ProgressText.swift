import Foundation
import Job
import Wording

/// The text of the progress bar: `[####......] 42/100 images  3.1/s  0:19 left  8 ranks`.
package struct ProgressText {
  /// The status, with the rates that are known.
  let status: JobStatus
  /// The sampling that is done, delivered or not, in images.
  let done: Double

  /// The length of the bar. It is longer if there is room, and shorter only if the time left would
  /// not fit.
  private static let usualBar = 10
  private static let shortestBar = 3
  private static let longestBar = 60

  package init(_ status: JobStatus, done: Double) {
    self.status = status
    self.done = done
  }

  /// Returns a bar with the parts that fit next to it, or parts without a bar. The least important
  /// parts are omitted first.
  ///
  /// - Parameter room: the largest number of characters.
  package func bar(room: Int) -> String {
    let barred: [(text: String, shortest: Int)] = [
      (line, Self.usualBar),
      (joined([images, speed, timeLeft, ranks]), Self.usualBar),
      (joined([images, speed, timeLeft]), Self.usualBar),
      (joined([images, timeLeft]), Self.shortestBar),
      (joined([count, timeLeft]), Self.shortestBar),
    ]
    for (text, shortest) in barred {
      // Two brackets and a space.
      let length = min(room - text.count - 3, Self.longestBar)
      if length >= shortest { return "\(bar(length: length)) \(text)" }
    }
    let plain = [joined([count, timeLeft]), count, percent]
    return plain.first { $0.count <= room } ?? ""
  }

  /// All parts without a bar, for files.
  package var line: String { joined([images, speed, timeLeft, ranks, slowest]) }

  private func joined(_ parts: [String?]) -> String {
    parts.compactMap { $0 }.joined(separator: "  ")
  }

  // MARK: - The parts

  private var part: Double { min(max(done / Double(max(status.total, 1)), 0), 1) }

  private func bar(length: Int) -> String {
    let filled = Int(Double(length) * part)
    let dots = String(repeating: ".", count: length - filled)
    return "[" + String(repeating: "#", count: filled) + dots + "]"
  }

  private var count: String { "\(status.done)/\(status.total)" }
  private var percent: String { "\(Int(100 * part))%" }
  private var images: String { "\(count) image\(status.total == 1 ? "" : "s")" }

  private var ranks: String {
    let ranks = status.ranks
    let alive = ranks.alive == ranks.total ? "" : "\(ranks.alive) of "
    return alive + counted(ranks.total, "rank")
  }

  private var slowest: String? {
    guard let rank = status.ranks.slowest, let rate = status.ranks.slowestRate else { return nil }
    return "slowest \(rank): \(Self.speed(rate))"
  }

  private var speed: String {
    guard let rate = status.imagesPerSecond, rate > 0 else { return "-/s" }
    return Self.speed(rate)
  }

  /// The rate, such as `3.1/s`, or the time per image for slow jobs, such as `12.0 s each`.
  package static func speed(_ rate: Double) -> String {
    if rate <= 0 { return "0/s" }
    if rate < 0.1 { return String(format: "%.1f s each", 1 / rate) }
    return String(format: rate < 0.995 ? "%.2f/s" : "%.1f/s", rate)
  }

  private var timeLeft: String {
    let time = status.secondsLeft.map { Self.clock(seconds: $0) } ?? "-:--"
    return status.state == .draining ? "ending in \(time)" : "\(time) left"
  }

  /// Minutes and seconds, and hours if needed: `0:19`, `1:02:03`.
  package static func clock(seconds: Double) -> String {
    // More than a century is not counted exactly.
    let whole = Int((seconds > 0 ? min(seconds, 4e9) : 0).rounded(.up))
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, rest)
      : String(format: "%d:%02d", minutes, rest)
  }
}
