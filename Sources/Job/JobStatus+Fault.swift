import Foundation

/// A check for values of `status.json` that can only come from editing or damage.
extension JobStatus {
  /// More images than any job has, because labels and seeds have 32 bits.
  private static let mostImages = Int(UInt32.max)
  private static let mostRanks = Int(Int32.max)
  /// More images per second, or more seconds, than any job reaches.
  private static let greatestMeasure = 1e15
  /// How far another machine's clock may be ahead, in seconds.
  private static let clockTolerance = 86400.0

  /// Describes the first impossible value. Returns `nil` if all values are possible.
  package func fault(at date: Date = Date()) -> String? {
    countFault ?? rankFault ?? measureFault ?? skippedFault ?? stateFault ?? processFault
      ?? timeFault(at: date)
  }

  private var countFault: String? {
    Self.fault("total", total, in: 1...Self.mostImages)
      ?? Self.fault("done", done, in: 0...total)
      // Some of them may have turned out to be damaged.
      ?? Self.fault("done_before", doneBefore, in: 0...total)
      ?? Self.fault("held", held, in: 0...total)
  }

  private var rankFault: String? {
    Self.fault("ranks.total", ranks.total, in: 1...Self.mostRanks)
      ?? Self.fault("ranks.alive", ranks.alive, in: 0...ranks.total)
      ?? ranks.lost.lazy.compactMap { Self.fault("ranks.lost", $0, in: 0...(ranks.total - 1)) }
      .first
      ?? ranks.slowest.flatMap { Self.fault("ranks.slowest", $0, in: 0...(ranks.total - 1)) }
      ?? ranks.slowestCount.flatMap { Self.fault("ranks.slowest_count", $0, in: 0...total) }
  }

  private var measureFault: String? {
    let measures = [
      ("images_per_second", imagesPerSecond), ("seconds_left", secondsLeft),
      ("ranks.slowest_rate", ranks.slowestRate),
    ]
    for (name, value) in measures {
      if let value, !(0...Self.greatestMeasure).contains(value) {
        return "\(name) is \(value), which no job reaches"
      }
    }
    return nil
  }

  private var skippedFault: String? {
    givenUp.count > total
      ? "given_up lists \(givenUp.count) images of \(total)"
      : givenUp.lazy.compactMap { Self.fault("given_up.index", $0.index, in: 0...(total - 1)) }
        .first
  }

  private var stateFault: String? {
    guard state == .complete, done + givenUp.count != total else { return nil }
    return "state is complete, but done is \(done) of \(total)"
  }

  private var processFault: String? {
    if let process, let fault = Self.fault("process", process, in: 1...Int(Int32.max)) {
      return fault
    }
    guard let exitCode, ExitStatus.allCases.allSatisfy({ Int($0.rawValue) != exitCode }) else {
      return nil
    }
    return "exit_code is \(exitCode), which this program does not use"
  }

  private func timeFault(at date: Date) -> String? {
    for (name, text) in [("started", started), ("updated", updated)] {
      guard let text else { continue }
      guard let time = ISO8601DateFormatter().date(from: text) else {
        return "\(name) is not a time such as 2026-01-31T12:00:00Z"
      }
      if time.timeIntervalSince(date) > Self.clockTolerance { return "\(name) is in the future" }
    }
    return nil
  }

  private static func fault(_ name: String, _ value: Int, in range: ClosedRange<Int>) -> String? {
    guard !range.contains(value) else { return nil }
    return "\(name) is \(value); it must be from \(range.lowerBound) to \(range.upperBound)"
  }
}
