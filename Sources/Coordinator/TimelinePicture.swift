import Foundation
import Job

/// A timeline as an SVG picture, with one row per rank and time from left to right. It shows the
/// shares of computing, writing and waiting at each moment, and follows the viewer's dark mode.
package struct TimelinePicture {
  private let timeline: Timeline
  private let title: String
  private let ranks: TimelineLabels

  private static let width = 970.0
  private static let right = 26.0
  private static let top = 76.0
  private static let computing = "#3b6ea8"
  private static let writing = "#e08a2e"
  private static let waiting = "#d9dde3"
  private static let lost = "#c22"
  private static let back = "#2a2"

  /// - Parameters:
  ///   - title: what was done in that time.
  ///   - hosts: the host of every rank.
  package init(_ timeline: Timeline, title: String, hosts: [String]) {
    self.timeline = timeline
    self.title = title
    ranks = TimelineLabels(timeline, hosts: hosts)
  }

  /// The beginning of every picture.
  package static let start = #"<svg xmlns="http://www.w3.org/2000/svg" class="timeline""#

  package var svg: String {
    let bottom = Self.top + Double(timeline.rowCount) * rowHeight
    let (width, height) = (Self.number(Self.width), Self.number(bottom + 44))
    return """
      \(Self.start) role="img" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)">
      <title>\(Self.escaped(title))</title>
      <style>\(Self.style)</style>
      <rect class="paper" width="100%" height="100%" fill="#fff"/>
      \(Self.label(title, x: 12, y: 22, size: 14, weight: "bold"))
      \(Self.label(ranks.summary, x: 12, y: 40))
      \(legend)
      \((0..<timeline.rowCount).map(row).joined(separator: "\n"))
      \(timeline.events.map(event).joined(separator: "\n"))
      \(axis(bottom: bottom))
      </svg>

      """
  }

  private static let style = """
    @media (prefers-color-scheme: dark) { \
    .timeline .paper { fill: #16181b } .timeline text { fill: #c9ced6 } \
    .timeline .waiting { fill: #3a4048 } .timeline .tick { stroke: #c9ced6 } }
    """

  private var rowHeight: Double { timeline.rowCount > 32 ? 11 : 18 }
  private var fontSize: Int { timeline.rowCount > 32 ? 9 : 11 }
  /// The left edge of the plot, after the longest label. Characters are about 0.58 times as wide as
  /// high.
  private var left: Double { 30 + 0.58 * Double(ranks.longest * fontSize) }
  private var scale: Double { (Self.width - left - Self.right) / max(timeline.length, 1e-9) }

  // MARK: - Parts

  private var legend: String {
    let entries = [
      ("computing", Self.computing), ("writing", Self.writing), ("waiting", Self.waiting),
    ]
    let boxes = entries.enumerated().map { place, entry in
      let x = left + Double(place) * 90
      return
        "<rect class=\"\(entry.0)\" x=\"\(Self.number(x))\" y=\"54\" width=\"10\" height=\"10\""
        + " fill=\"\(entry.1)\"/>" + Self.label(entry.0, x: x + 15, y: 63)
    }
    let marks = timeline.events.isEmpty ? [] : [("rank lost", Self.lost), ("back", Self.back)]
    let lines = marks.enumerated().map { place, mark in
      let x = left + 270 + Double(place) * 80
      return "<path d=\"M\(Self.number(x)) 52v14\" stroke=\"\(mark.1)\" stroke-width=\"2\"/>"
        + Self.label(mark.0, x: x + 7, y: 63)
    }
    return (boxes + lines).joined()
  }

  private func row(_ row: Int) -> String {
    let y = Self.top + Double(row) * rowHeight
    let kinds = [
      ("computing", \Activity.network, Self.computing), ("writing", \.writing, Self.writing),
      ("waiting", \.waiting, Self.waiting),
    ]
    let rankCount = Double(timeline.ranks(ofRow: row).count)
    var base = [Double](repeating: 0, count: timeline.bins[row].count)
    let areas = kinds.map { name, part, color in
      let path = timeline.bins[row].enumerated().compactMap { bin, activity -> String? in
        column(bin, of: activity[keyPath: part] / rankCount, base: &base[bin], y: y)
      }
      return path.isEmpty
        ? "" : "<path class=\"\(name)\" fill=\"\(color)\" d=\"\(path.joined())\"/>"
    }
    let baseline = y + rowHeight / 2 + 0.36 * Double(fontSize)
    return Self.label(ranks.rows[row], x: left - 8, y: baseline, anchor: "end", size: fontSize)
      + areas.joined()
  }

  /// A box whose height is its share of the bin's time, on top of the previous boxes.
  private func column(_ bin: Int, of seconds: Double, base: inout Double, y: Double) -> String? {
    let start = Double(bin) * timeline.binWidth
    let length = min(timeline.binWidth, timeline.length - start)
    guard seconds > 0, length > 0 else { return nil }
    let part = min(seconds / length, 1 - base)
    guard part > 0.005 else { return nil }
    base += part
    let full = rowHeight - 2
    let top = y + 1 + full * (1 - base)
    return "M\(Self.number(left + start * scale)) \(Self.number(top))"
      + "h\(Self.number(length * scale))v\(Self.number(full * part))h-\(Self.number(length * scale))z"
  }

  private func event(_ event: Timeline.Event) -> String {
    let x = left + event.seconds * scale
    let y = Self.top + Double(event.row) * rowHeight
    let color = event.mark == .lost ? Self.lost : Self.back
    return "<path d=\"M\(Self.number(x)) \(Self.number(y))v\(Self.number(rowHeight))\""
      + " stroke=\"\(color)\" stroke-width=\"2\"/>"
  }

  private func axis(bottom: Double) -> String {
    let step = Self.roundStep(timeline.length / 8)
    let unit = [(86400, "d"), (3600, "h"), (60, "min"), (1, "s")].first { step % $0.0 == 0 }!
    let ticks = stride(from: 0, through: timeline.length, by: Double(step)).map { seconds in
      let x = left + seconds * scale
      return
        "<path class=\"tick\" d=\"M\(Self.number(x)) \(Self.number(bottom))v4\" stroke=\"#333\"/>"
        + Self.label(
          "\(Int(seconds) / unit.0) \(unit.1)", x: x, y: bottom + 17, anchor: "middle")
    }
    return ticks.joined()
      + Self.label(
        "time since the start", x: (left + Self.width) / 2, y: bottom + 35, anchor: "middle")
  }

  /// Returns the next of 1, 2, 5, 10, 20 or 30 seconds, minutes, hours or days.
  private static func roundStep(_ seconds: Double) -> Int {
    let steps = [1, 60, 3600, 86400].flatMap { unit in [1, 2, 5, 10, 20, 30].map { $0 * unit } }
    return steps.first { Double($0) >= seconds } ?? 86400 * 30
  }

  // MARK: - Text

  private static func label(
    _ text: String, x: Double, y: Double, anchor: String = "start", size: Int = 11,
    weight: String = "normal"
  ) -> String {
    "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\" fill=\"#333\""
      + " font-family=\"sans-serif\" font-size=\"\(size)\" font-weight=\"\(weight)\">"
      + "\(escaped(text))</text>"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }

  private static func number(_ value: Double) -> String {
    let text = String(format: "%.1f", value)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
