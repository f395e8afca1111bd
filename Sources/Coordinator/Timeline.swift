import Job

/// A record of what each rank did over time. It has a fixed size: as a job continues, the bins get
/// wider.
package struct Timeline: Sendable {
  package enum Mark: Sendable, Equatable {
    case lost
    case returned
  }

  package struct Event: Sendable, Equatable {
    package let mark: Mark
    package let row: Int
    /// Seconds since the start.
    package let seconds: Double
  }

  private static let binCount = 256
  private static let longestRowCount = 64
  private static let longestEventCount = 1000

  package let rankCount: Int
  /// The number of rows. A row stands for one rank, or for several neighbouring ranks.
  package let rowCount: Int
  /// The width of a bin in seconds.
  package private(set) var binWidth = 0.25
  /// [row][bin]: the seconds of all ranks of the row.
  package private(set) var bins: [[Activity]]
  package private(set) var events: [Event] = []
  /// Seconds from the start to the last record.
  package private(set) var length = 0.0
  private var start: ContinuousClock.Instant?
  private var lastNote: [Double]

  package init(rankCount: Int) {
    self.rankCount = rankCount
    rowCount = min(rankCount, Self.longestRowCount)
    let row = [Activity](repeating: Activity(), count: Self.binCount)
    bins = Array(repeating: row, count: rowCount)
    lastNote = Array(repeating: 0, count: rankCount)
  }

  /// Starts the clock, unless it is running.
  mutating func begin(at now: ContinuousClock.Instant) {
    if start == nil { start = now }
  }

  /// Returns the ranks of a row.
  package func ranks(ofRow row: Int) -> Range<Int> {
    (row * rankCount + rowCount - 1) / rowCount..<((row + 1) * rankCount + rowCount - 1) / rowCount
  }

  private func row(of rank: Int) -> Int { rank * rowCount / rankCount }

  /// Records what a rank did since its last record.
  mutating func note(_ activity: Activity, of rank: Int, at now: ContinuousClock.Instant) {
    let end = seconds(at: now)
    // The activity ended just before now.
    let first = max(lastNote[rank], end - activity.total)
    lastNote[rank] = end
    guard end > first, activity.total > 0 else { return }
    spread(activity, from: first, to: end, row: row(of: rank))
  }

  mutating func mark(_ mark: Mark, of rank: Int, at now: ContinuousClock.Instant) {
    // What a rank did while it was silent is not counted as work.
    if mark == .returned { lastNote[rank] = seconds(at: now) }
    guard events.count < Self.longestEventCount else { return }
    events.append(Event(mark: mark, row: row(of: rank), seconds: seconds(at: now)))
  }

  private mutating func seconds(at now: ContinuousClock.Instant) -> Double {
    let seconds = start.map { (now - $0) / .seconds(1) } ?? 0
    length = max(length, seconds)
    while length >= binWidth * Double(Self.binCount) { widen() }
    return seconds
  }

  private mutating func spread(_ activity: Activity, from: Double, to: Double, row: Int) {
    let last = min(Int(to / binWidth), Self.binCount - 1)
    for bin in Int(from / binWidth)...last {
      let low = max(from, Double(bin) * binWidth)
      let high = min(to, Double(bin + 1) * binWidth)
      guard high > low else { continue }
      bins[row][bin] = bins[row][bin] + activity * ((high - low) / (to - from))
    }
  }

  /// Merges pairs of bins.
  private mutating func widen() {
    binWidth *= 2
    for row in bins.indices {
      let pairs = stride(from: 0, to: Self.binCount, by: 2).map {
        bins[row][$0] + bins[row][$0 + 1]
      }
      bins[row] = pairs + [Activity](repeating: Activity(), count: Self.binCount / 2)
    }
  }
}
