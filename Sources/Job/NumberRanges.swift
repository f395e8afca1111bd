/// A list of numbers held as ranges, so that a hundred million of them take no more room than two.
///
/// Order and repetition are kept: `3,1-2,3` is the list 3, 1, 2, 3.
package struct NumberRanges: Sendable, Equatable {
  /// A run of consecutive numbers and the place in the list where it starts.
  private struct Run: Sendable, Equatable {
    let offset: Int
    let first: Int
    var count: Int
  }

  private var runs: [Run] = []
  /// The length of the list.
  package private(set) var count = 0

  /// The numbers 0, 1, … `count` − 1.
  package init(first count: Int) {
    append(0, count: count)
  }

  /// The numbers as they are.
  package init(_ numbers: some Sequence<Int>) {
    for number in numbers { append(number, count: 1) }
  }

  /// Reads the grammar `1,2,5-10`.
  ///
  /// - Parameters:
  ///   - text: what the user wrote.
  ///   - option: the option it was written after, for the error.
  ///   - limit: the largest number allowed.
  /// - Throws: a usage failure that names the option, the item and what would be right.
  package init(parsing text: String, option: String, limit: Int) throws(Failure) {
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let range = try Self.range(parsing: String(item), of: text, option: option, limit: limit)
      append(range.lowerBound, count: range.count)
    }
  }

  /// The number at `position`, which is in `0..<count`.
  package subscript(position: Int) -> Int {
    precondition(position >= 0 && position < count, "position \(position) is not in the list")
    var low = 0
    var high = runs.count
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if runs[middle].offset <= position { low = middle } else { high = middle }
    }
    return runs[low].first + (position - runs[low].offset)
  }

  /// The largest number in the list, or nil when it is empty.
  package var maximum: Int? {
    runs.map { $0.first + $0.count - 1 }.max()
  }

  /// The list in the grammar it is read from.
  package var text: String {
    runs.map { run in
      run.count == 1 ? "\(run.first)" : "\(run.first)-\(run.first + run.count - 1)"
    }.joined(separator: ",")
  }

  private mutating func append(_ first: Int, count added: Int) {
    guard added > 0 else { return }
    if let last = runs.last, last.first + last.count == first {
      runs[runs.count - 1].count += added
    } else {
      runs.append(Run(offset: count, first: first, count: added))
    }
    count += added
  }
}

/// As its text: `"1-2,5-10"`.
extension NumberRanges: Codable {
  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    self =
      text.isEmpty
      ? NumberRanges(first: 0)
      : try NumberRanges(parsing: text, option: "a list", limit: Int(UInt32.max))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

extension NumberRanges {
  private static func range(
    parsing item: String, of text: String, option: String, limit: Int
  ) throws(Failure) -> ClosedRange<Int> {
    let ends = item.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard ends.count <= 2, ends.allSatisfy(isNumber) else {
      let what = text.isEmpty ? "nothing" : item.isEmpty ? "an empty item" : "'\(item)'"
      throw Failure(
        "\(option) '\(text)' holds \(what) where a number or a range such as 5-10 belongs; "
          + "write for example 1,2,5-10",
        status: .usage)
    }
    let bounds = ends.map { Int($0) ?? .max }
    guard let first = bounds.first, let last = bounds.last, max(first, last) <= limit else {
      throw Failure(
        "\(option) '\(text)' holds \(item), but the largest number it may hold is \(limit)",
        status: .usage)
    }
    guard first <= last else {
      throw Failure(
        "\(option) '\(text)' holds the range \(item), which runs backwards; "
          + "write \(last)-\(first)",
        status: .usage)
    }
    return first...last
  }

  private static func isNumber(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
