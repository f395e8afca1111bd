import Foundation
import Job

/// How progress is written: `[####......] 42/100 images  3.1/s  0:19 left  8 ranks`.
package struct ProgressText {
  /// With the rates that are known.
  let status: JobStatus
  /// Images' worth of sampling done, delivered or not.
  let done: Double

  private static let barWidth = 10

  package init(_ status: JobStatus, done: Double) {
    self.status = status
    self.done = done
  }

  /// One line that fits a terminal of 80 columns for any ordinary job.
  package var bar: String {
    let part = done / Double(max(status.total, 1))
    let filled = min(Self.barWidth, Int(Double(Self.barWidth) * part))
    let marks = String(repeating: "#", count: filled)
    let dots = String(repeating: ".", count: Self.barWidth - filled)
    return "[\(marks)\(dots)] \(line)"
  }

  /// The same without a bar, for files.
  package var line: String {
    let parts = [
      "\(status.done)/\(status.total) images", speed, "\(timeLeft) left", ranks, slowest,
    ]
    return parts.compactMap { $0 }.joined(separator: "  ")
  }

  private var ranks: String {
    let ranks = status.ranks
    let alive = ranks.alive == ranks.total ? "" : "\(ranks.alive) of "
    return "\(alive)\(ranks.total) rank\(ranks.total == 1 ? "" : "s")"
  }

  private var slowest: String? {
    guard let rank = status.ranks.slowest, let rate = status.ranks.slowestRate else { return nil }
    return "slowest \(rank): \(Self.speed(rate))"
  }

  private var speed: String {
    guard let rate = status.imagesPerSecond, rate > 0 else { return "-/s" }
    return Self.speed(rate)
  }

  /// `3.1/s`, or the seconds that an image takes.
  package static func speed(_ rate: Double) -> String {
    if rate <= 0 { return "0/s" }
    if rate < 0.1 { return String(format: "%.1f s each", 1 / rate) }
    return String(format: rate < 0.995 ? "%.2f/s" : "%.1f/s", rate)
  }

  private var timeLeft: String {
    status.secondsLeft.map { Self.clock(seconds: $0) } ?? "-:--"
  }

  /// Minutes and seconds, with hours where there are any: `0:19`, `1:02:03`.
  package static func clock(seconds: Double) -> String {
    // Beyond a century nothing is lost by stopping to count.
    let whole = Int(min(max(seconds, 0), 4e9).rounded(.up))
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, rest)
      : String(format: "%d:%02d", minutes, rest)
  }
}
