/// The value of `--time-limit`: a duration, or no limit.
package enum TimeLimit: Equatable, Sendable {
  case off
  case after(Duration)

  /// Parses a duration in one of the forms that Slurm's `--time` accepts: minutes, `MM:SS`,
  /// `HH:MM:SS`, `D-HH`, `D-HH:MM` or `D-HH:MM:SS`. `none` turns the limit off.
  ///
  /// - Returns: `nil` for other texts, for zero, and for more than a year.
  package init?(_ text: String) {
    guard text != "none" else {
      self = .off
      return
    }
    let (days, time): (Substring?, Substring)
    if let dash = text.firstIndex(of: "-") {
      (days, time) = (text[..<dash], text[text.index(after: dash)...])
    } else {
      (days, time) = (nil, text[...])
    }
    let texts =
      [days].compactMap(\.self) + time.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = texts.compactMap(Self.number)
    let units = Self.units(fields: texts.count, hasDays: days != nil)
    guard numbers.count == texts.count, numbers.count == units.count else { return nil }
    let seconds = zip(numbers, units).reduce(0) { $0 + $1.0 * $1.1 }
    guard seconds > 0, seconds <= 366 * 86400 else { return nil }
    self = .after(.seconds(seconds))
  }

  /// Returns the value of up to six digits.
  private static func number(_ text: Substring) -> Int? {
    (1...6).contains(text.count) && text.allSatisfy("0123456789".contains) ? Int(text) : nil
  }

  /// The seconds of each field. Empty if there are too many fields.
  private static func units(fields: Int, hasDays: Bool) -> [Int] {
    switch (hasDays, fields) {
    case (true, 2...4): Array([86400, 3600, 60, 1].prefix(fields))
    case (false, 1): [60]
    case (false, 2): [60, 1]
    case (false, 3): [3600, 60, 1]
    default: []
    }
  }
}
