// Which steps of the trained process are kept: the reference's respace.py, `space_timesteps`.

/// A choice of the trained steps that sampling keeps, written as the reference's respacing string.
package enum TimestepSpacing: Sendable, Equatable {
  /// Every trained step: the empty string.
  case all
  /// So many steps from each of equally long sections, the least noisy first: "250", "10,10,5".
  case sections([Int])
  /// The multiples of the smallest whole stride that gives exactly so many steps: "ddim25".
  case ddim(Int)

  /// Reads "250", "10,10,5", "ddim25" or "".
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

  /// The kept timesteps of a process trained with `trainedSteps` steps, ascending.
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
      // The position is accumulated, not multiplied: the roundings differ for many counts.
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

/// Why a respacing string gives no timesteps.
package enum TimestepSpacingError: Error, Equatable, CustomStringConvertible {
  /// The string is none of the three forms.
  case malformed(String)
  /// Every section count is zero.
  case noSteps
  /// More steps are asked of a section than it has; sections count from 0.
  case sectionTooShort(section: Int, sections: Int, length: Int, count: Int)
  /// No whole stride gives exactly `count` steps; `below` and `above` are the nearest that exist.
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
