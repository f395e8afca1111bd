// The choice of the trained steps to keep: the reference's respace.py, `space_timesteps`.

/// A choice of trained steps for sampling. Its text form is the reference's respacing string.
package enum TimestepSpacing: Sendable, Equatable {
  /// Every trained step. The string is empty.
  case all
  /// A number of steps from each of several sections of equal length, the least noisy section
  /// first: "250", "10,10,5".
  case sections([Int])
  /// The multiples of the smallest integer stride that gives exactly this number of steps:
  /// "ddim25".
  case ddim(Int)

  /// Parses a respacing string, such as "250", "10,10,5", "ddim25" or "".
  package init(parsing text: String) throws(TimestepSpacingError) {
    if text.isEmpty {
      self = .all
    } else if text.hasPrefix("ddim") {
      guard let count = Int(text.dropFirst(4)), count > 0 else { throw .malformed(text) }
      self = .ddim(count)
    } else {
      let fields = text.split(separator: ",", omittingEmptySubsequences: false)
      let counts = fields.compactMap { Int($0) }
      guard counts.count == fields.count, counts.allSatisfy({ $0 >= 0 }) else {
        throw .malformed(text)
      }
      self = .sections(counts)
    }
  }

  /// Returns the kept timesteps of a process that was trained with `trainedSteps` steps, in
  /// ascending order.
  package func timesteps(of trainedSteps: Int) throws(TimestepSpacingError) -> [Int] {
    switch self {
    case .all: return Array(0..<trainedSteps)
    case .sections(let counts): return try Self.sectioned(counts, of: trainedSteps)
    case .ddim(let count): return try Self.strided(count, of: trainedSteps)
    }
  }

  private static func sectioned(
    _ counts: [Int], of trainedSteps: Int
  ) throws(TimestepSpacingError) -> [Int] {
    guard counts.contains(where: { $0 > 0 }) else { throw .noSteps }
    let (size, remainder) = trainedSteps.quotientAndRemainder(dividingBy: counts.count)
    var start = 0
    var kept: Set<Int> = []
    for (section, count) in counts.enumerated() {
      let length = size + (section < remainder ? 1 : 0)
      guard count <= length else {
        throw .sectionTooShort(
          section: section, sections: counts.count, length: length, count: count)
      }
      let stride = count > 1 ? Double(length - 1) / Double(count - 1) : 1
      // The position is accumulated, not multiplied, because the roundings differ for many counts.
      var position = 0.0
      for _ in 0..<count {
        kept.insert(start + Int(position.rounded(.toNearestOrEven)))
        position += stride
      }
      start += length
    }
    return kept.sorted()
  }

  private static func strided(
    _ count: Int, of trainedSteps: Int
  ) throws(TimestepSpacingError) -> [Int] {
    let strides = 1..<max(trainedSteps, 1)
    let reachable = strides.map { (trainedSteps - 1) / $0 + 1 }
    guard let smallest = reachable.firstIndex(of: count) else {
      throw .noWholeStride(
        count: count, trainedSteps: trainedSteps,
        below: reachable.filter { $0 < count }.max(), above: reachable.filter { $0 > count }.min())
    }
    return Array(stride(from: 0, to: trainedSteps, by: smallest + 1))
  }
}

/// The reason why a respacing string gives no timesteps.
package enum TimestepSpacingError: Error, Equatable, CustomStringConvertible {
  /// The string has none of the three forms.
  case malformed(String)
  /// The count of every section is zero.
  case noSteps
  /// The count of a section exceeds its length. Sections are counted from 0.
  case sectionTooShort(section: Int, sections: Int, length: Int, count: Int)
  /// No integer stride gives exactly `count` steps. `below` and `above` are the nearest possible
  /// counts.
  case noWholeStride(count: Int, trainedSteps: Int, below: Int?, above: Int?)

  package var description: String {
    switch self {
    case .malformed(let text):
      return "'\(text)' does not say which steps to take: give a count (250), a count for each"
        + " section (10,10,5), or ddim and a count (ddim25)"
    case .noSteps:
      return "no steps are left: give at least one section a count above zero"
    case .sectionTooShort(_, 1, let length, let count):
      return "cannot take \(count) steps: the model was trained with \(length)"
    case .sectionTooShort(let section, let sections, let length, let count):
      return "cannot take \(count) steps from section \(section + 1) of \(sections):"
        + " it has only \(length)"
    case .noWholeStride(let count, let trainedSteps, let below, let above):
      let nearest = [below, above].compactMap { $0 }.map { "ddim\($0)" }.joined(separator: " / ")
      return "ddim\(count): no whole stride gives \(count) of \(trainedSteps) steps"
        + (nearest.isEmpty ? "" : "; nearest: \(nearest)")
    }
  }
}
