import Foundation

/// How progress is written: `[#####.....] 42/100 images  3.1 images/s  0:19 left  8 ranks`.
package struct ProgressText {
  /// Whole images delivered.
  var delivered: Int
  /// Images' worth of sampling done, delivered or not.
  var done: Double
  var total: Int
  var rankCount: Int
  /// Images a second, or nil while it is not known.
  var rate: Double?

  private static let barWidth = 20

  package init(delivered: Int, done: Double, total: Int, rankCount: Int, rate: Double? = nil) {
    self.delivered = delivered
    self.done = done
    self.total = total
    self.rankCount = rankCount
    self.rate = rate
  }

  /// One line that fits a terminal of 80 columns for any ordinary job.
  package var bar: String {
    let filled = min(Self.barWidth, Int(Double(Self.barWidth) * done / Double(max(total, 1))))
    let marks = String(repeating: "#", count: filled)
    let dots = String(repeating: ".", count: Self.barWidth - filled)
    return "[\(marks)\(dots)] \(line)"
  }

  /// The same without a bar, for files.
  package var line: String {
    let ranks = "\(rankCount) rank\(rankCount == 1 ? "" : "s")"
    return "\(delivered)/\(total) images  \(speed)  \(timeLeft) left  \(ranks)"
  }

  private var speed: String {
    guard let rate, rate > 0 else { return "- images/s" }
    if rate < 0.1 { return String(format: "%.1f s/image", 1 / rate) }
    return String(format: rate < 1 ? "%.2f images/s" : "%.1f images/s", rate)
  }

  private var timeLeft: String {
    guard let rate, rate > 0 else { return "-:--" }
    return Self.clock(seconds: (Double(total) - done) / rate)
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
