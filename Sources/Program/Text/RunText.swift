import Foundation
import Job
import Output
import Wording

/// What one start of a job made, and how fast:
/// `100 images in 32.1 s, 3.12 images/s, ended 2026-11-26T10:20:30Z`.
struct RunText {
  let made: Int
  let seconds: Double

  var text: String { "\(images) in \(Self.duration(seconds)), \(rate), ended \(ended)" }

  private var ended: String { ISO8601DateFormatter().string(from: Date()) }

  private var images: String { counted(made, "image", isGrouped: true) }

  private var rate: String {
    let rate = Double(made) / max(seconds, 1e-9)
    return rate < 0.1
      ? String(format: "%.1f s an image", 1 / rate) : String(format: "%.2f images/s", rate)
  }

  private static func duration(_ seconds: Double) -> String {
    if seconds < 120 { return String(format: "%.1f s", seconds) }
    let minutes = Int((seconds / 60).rounded())
    return minutes < 120
      ? "\(minutes) min" : String(format: "%d h %02d min", minutes / 60, minutes % 60)
  }
}
