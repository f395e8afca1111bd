import Foundation
import Job

/// A timeline as an SVG picture: a row a rank, time from left to right, and how much of each moment
/// went into the network, writing and waiting.
package struct TimelinePicture {
  private let timeline: Timeline

  private static let left = 70.0
  private static let top = 34.0
  private static let width = 880.0
  private static let network = "#3b6ea8"
  private static let writing = "#e08a2e"
  private static let waiting = "#d9dde3"
  private static let text = "font-family=\"sans-serif\" font-size=\"11\" fill=\"#333\""

  package init(_ timeline: Timeline) {
    self.timeline = timeline
  }

  package var svg: String {
    let rows = timeline.rowCount
    let bottom = Self.top + Double(rows) * rowHeight
    let size =
      "width=\"\(Self.number(Self.left + Self.width + 20))\" height=\"\(Self.number(bottom + 30))\""
    return """
      <svg xmlns="http://www.w3.org/2000/svg" \(size)>
      <rect width="100%" height="100%" fill="#fff"/>
      \(legend)
      \((0..<rows).map(row).joined(separator: "\n"))
      \(timeline.events.map(event).joined(separator: "\n"))
      \(axis(bottom: bottom))
      </svg>

      """
  }

  private var rowHeight: Double { timeline.rowCount > 32 ? 10 : 18 }
  private var scale: Double { Self.width / max(timeline.length, 1e-9) }

  private var legend: String {
    let entries = [("network", Self.network), ("writing", Self.writing), ("waiting", Self.waiting)]
    let boxes = entries.enumerated().map { place, entry in
      let x = Self.left + Double(place) * 90
      return
        "<rect x=\"\(Self.number(x))\" y=\"12\" width=\"10\" height=\"10\" fill=\"\(entry.1)\"/>"
        + Self.label(entry.0, x: x + 14, y: 21)
    }
    let x = Self.left + 270
    return boxes.joined()
      + "<path d=\"M\(Self.number(x)) 10v14\" stroke=\"#c22\" stroke-width=\"2\"/>"
      + Self.label("lost", x: x + 6, y: 21)
      + "<path d=\"M\(Self.number(x + 60)) 10v14\" stroke=\"#2a2\" stroke-width=\"2\"/>"
      + Self.label("back", x: x + 66, y: 21)
  }

  private func row(_ row: Int) -> String {
    let ranks = timeline.ranks(ofRow: row)
    let name =
      ranks.count == 1 ? "\(ranks.lowerBound)" : "\(ranks.lowerBound)-\(ranks.upperBound - 1)"
    let y = Self.top + Double(row) * rowHeight
    let kinds = [
      (\Activity.network, Self.network), (\.writing, Self.writing), (\.waiting, Self.waiting),
    ]
    var base = [Double](repeating: 0, count: timeline.bins[row].count)
    let areas = kinds.map { part, color in
      let path = timeline.bins[row].enumerated().compactMap { bin, activity -> String? in
        column(bin, of: activity[keyPath: part] / Double(ranks.count), base: &base[bin], y: y)
      }
      return path.isEmpty ? "" : "<path fill=\"\(color)\" d=\"\(path.joined())\"/>"
    }
    return Self.label(name, x: Self.left - 8, y: y + rowHeight - 5, anchor: "end") + areas.joined()
  }

  /// A box as high as its share of the bin's time, on top of those drawn before.
  private func column(_ bin: Int, of seconds: Double, base: inout Double, y: Double) -> String? {
    let start = Double(bin) * timeline.binWidth
    let length = min(timeline.binWidth, timeline.length - start)
    guard seconds > 0, length > 0 else { return nil }
    let part = min(seconds / length, 1 - base)
    guard part > 0.005 else { return nil }
    base += part
    let full = rowHeight - 2
    let top = y + 1 + full * (1 - base)
    return "M\(Self.number(Self.left + start * scale)) \(Self.number(top))"
      + "h\(Self.number(length * scale))v\(Self.number(full * part))h-\(Self.number(length * scale))z"
  }

  private func event(_ event: Timeline.Event) -> String {
    let x = Self.left + event.seconds * scale
    let y = Self.top + Double(event.row) * rowHeight
    let color = event.mark == .lost ? "#c22" : "#2a2"
    return "<path d=\"M\(Self.number(x)) \(Self.number(y))v\(Self.number(rowHeight))\""
      + " stroke=\"\(color)\" stroke-width=\"2\"/>"
  }

  private func axis(bottom: Double) -> String {
    let step = Self.roundStep(timeline.length / 8)
    return stride(from: 0, through: timeline.length, by: step).map { seconds in
      let x = Self.left + seconds * scale
      return "<path d=\"M\(Self.number(x)) \(Self.number(bottom))v4\" stroke=\"#333\"/>"
        + Self.label(ProgressText.clock(seconds: seconds), x: x, y: bottom + 16, anchor: "middle")
    }.joined()
  }

  /// The next of 1, 2, 5, 10, 30 seconds, minutes, hours or days.
  private static func roundStep(_ seconds: Double) -> Double {
    let steps = [1, 60, 3600, 86400].flatMap { unit in [1, 2, 5, 10, 30].map { $0 * unit } }
    return Double(steps.first { Double($0) >= seconds } ?? 86400 * 30)
  }

  private static func label(_ text: String, x: Double, y: Double, anchor: String = "start")
    -> String
  {
    "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\" \(Self.text)>\(text)</text>"
  }

  private static func number(_ value: Double) -> String {
    let text = String(format: "%.1f", value)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
