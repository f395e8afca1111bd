import Wording

/// A list of numbers stored as ranges, so that a hundred million numbers take no more memory than
/// two.
///
/// Order and repetition are kept: `3,1-2,3` is the list 3, 1, 2, 3.
package struct NumberRanges: Sendable, Equatable {
  /// A run of consecutive numbers, and the position in the list where it starts.
  private struct Run: Sendable, Equatable {
    let offset: Int
    let first: Int
    var count: Int
  }

  private var runs: [Run] = []
  /// The length of the list.
  package private(set) var count = 0

  /// The numbers 0, 1, …, `count` − 1.
  package init(first count: Int) {
    append(0, count: count)
  }

  /// Creates a list of the given numbers.
  package init(_ numbers: some Sequence<Int>) {
    for number in numbers { append(number, count: 1) }
  }

  /// Parses a list such as `1,2,5-10`. Blanks and a trailing comma are allowed.
  ///
  /// - Parameters:
  ///   - text: the text that the user wrote.
  ///   - name: what the user calls the list, for the error.
  ///   - limit: the largest allowed number.
  /// - Throws: a usage failure that names the list, the item and the remedy. Ranges that run
  ///   backwards, such as `10-5`, are errors.
  package init(parsing text: String, named name: String, limit: Int) throws(Failure) {
    let items = ListItem.split(text)
    for item in items {
      do throws(NumberRangeError) {
        append(try Self.range(parsing: item.text, limit: limit))
      } catch {
        throw Failure(
          ListItem.problem(error.problem(item.text), in: text, of: items, name), status: .usage)
      }
    }
  }

  package mutating func append(_ range: ClosedRange<Int>) {
    append(range.lowerBound, count: range.count)
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

  /// Returns whether another list begins with the numbers of this one, in the same order.
  package func isBeginning(of other: NumberRanges) -> Bool {
    guard let last = runs.last else { return true }
    guard runs.count <= other.runs.count else { return false }
    let longer = other.runs[runs.count - 1]
    return runs.dropLast() == other.runs.prefix(runs.count - 1) && last.first == longer.first
      && last.count <= longer.count
  }

  /// The largest number in the list, or `nil` if the list is empty.
  package var maximum: Int? {
    runs.map { $0.first + $0.count - 1 }.max()
  }

  /// The list in the grammar from which it is parsed, such as `1-2,5-10`.
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

/// Encoded as its text, such as `"1-2,5-10"`.
extension NumberRanges: Codable {
  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    self =
      text.isEmpty
      ? NumberRanges(first: 0)
      : try NumberRanges(parsing: text, named: "a list", limit: Int(UInt32.max))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

extension NumberRanges {
  /// Parses `5` or `5-10`. Dashes that a word processor substituted for the hyphen are accepted.
  package static func range(
    parsing item: String, limit: Int
  ) throws(NumberRangeError) -> ClosedRange<Int> {
    let ends = item.split(omittingEmptySubsequences: false, whereSeparator: dashes.contains)
      .map(\.trimmed)
    guard ends.count <= 2, ends.allSatisfy(isNumber) else { throw .notANumber }
    let bounds = ends.map { Int($0) ?? .max }
    let (first, last) = (bounds[0], bounds[bounds.count - 1])
    guard max(first, last) <= limit else {
      throw .tooLarge(ends[first > limit ? 0 : 1], limit: limit)
    }
    guard first <= last else { throw .backwards("\(last)-\(first)") }
    return first...last
  }

  /// Hyphen-minus, hyphen, non-breaking hyphen, figure, en and em dash, minus, full-width hyphen.
  package static let dashes: Set<Character> = [
    "-", "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}", "\u{2212}", "\u{FF0D}",
  ]

  private static func isNumber(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}

/// The reason why an item is not a valid number or range.
package enum NumberRangeError: Error {
  case notANumber
  case tooLarge(String, limit: Int)
  /// The associated value is the range in the right order.
  case backwards(String)

  package func problem(_ item: String) -> String {
    switch self {
    case .notANumber where item.isEmpty:
      "an item is empty; write for example 1,2,5-10"
    case .notANumber:
      "'\(item.printable)' is not a number or a range such as 5-10; \(Self.advice(item))"
    case .tooLarge(let number, let limit):
      "\(number.printable) is too large; the largest number allowed is \(limit)"
    case .backwards(let range): "the range \(item.printable) runs backwards; write \(range)"
    }
  }

  /// Separators that other scripts and tables put between items.
  package static let otherSeparators: Set<Character> = ["，", "、", "،", ";", "；"]

  private static func advice(_ item: String) -> String {
    if item.contains(where: otherSeparators.contains) {
      return "separate the items with the comma ','"
    }
    if item.unicodeScalars.contains(where: { $0.properties.numericType == .decimal && !$0.isASCII })
    {
      return "write numbers in the digits 0 to 9"
    }
    return "write for example 1,2,5-10"
  }
}
