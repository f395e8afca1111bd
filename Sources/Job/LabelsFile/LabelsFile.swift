import Files
import Foundation
import Wording

/// A file of labels: the label and the seed of each image, one image per line, in CSV or JSON.
///
/// In CSV, a line is `label` or `label,seed`, and a header line is optional. JSON lines have the
/// form `{"label": 3, "seed": 17}`. Other keys are ignored, so that a job's metadata.jsonl can be
/// read as well. The name of a class may replace its label. Empty lines and lines that begin with #
/// are skipped. Without a seed, the index of an image is its seed.
package struct LabelsFile {
  package private(set) var labels = PackedNumbers()
  package private(set) var seeds = PackedNumbers()
  /// The first line that has a seed, if there is one.
  package private(set) var firstSeedLine: Int?

  /// Reads the file once, from beginning to end.
  ///
  /// - Parameter classes: the allowed labels, or `nil` to allow any number.
  /// - Throws: a failure that names the file and the line.
  package init(_ path: String, classes: ClassList?) throws(Failure) {
    var isJSON: Bool?
    var emptyLines = 0
    let file = try InputFile(path)
    var lines = LineReader(limit: Self.longestLine) { (number) throws(Failure) in
      throw Self.tooLong(path, number)
    } read: { (buffer) throws(Failure) in
      try file.read(into: buffer)
    }
    while let next = try lines.next() {
      let (line, number) = (Self.withoutReturn(next), lines.number)
      if number == 1, let problem = InputText.encodingProblem(line) {
        throw Failure("\(path.printable): line 1: \(problem)", status: .badData)
      }
      let text = Self.trimmed(number == 1 ? Self.withoutMark(line) : line)
      guard let first = text.first, first != UInt8(ascii: "#") else {
        emptyLines += 1
        if emptyLines > Self.mostEmptyLines { throw Self.noEnd(path, number) }
        continue
      }
      emptyLines = 0
      let isFirst = isJSON == nil
      let json = isJSON ?? (first == UInt8(ascii: "{"))
      isJSON = json
      if isFirst, Self.isHeader(text) { continue }
      do throws(LabelsLineError) {
        try add(json ? JSONLine.entry(text) : CSVLine.entry(text), number, classes)
      } catch {
        throw Failure(
          "\(path.printable): line \(number): \(error.problem); \(Self.advice(json, classes?.count))",
          status: .badData)
      }
    }
    guard labels.count > 0 else {
      throw Failure(
        "\(path.printable): holds no label; \(Self.advice(isJSON ?? false, classes?.count))",
        status: .badData)
    }
  }

  /// The largest label or seed.
  static let limit = UInt64(UInt32.max)

  /// The length limit of a line in bytes. No label needs as many.
  static let longestLine = 1 << 16

  private static func tooLong(_ path: String, _ line: Int) -> Failure {
    Failure(
      "\(path.printable): line \(line): has more than \(longestLine) bytes; "
        + "give each image a line of its own",
      status: .badData)
  }

  /// The limit of consecutive lines without a label, so that an endless input is not read forever.
  private static let mostEmptyLines = 1_000_000

  private static func noEnd(_ path: String, _ line: Int) -> Failure {
    Failure(
      "\(path.printable): line \(line): the last \(mostEmptyLines) lines hold no label",
      status: .badData)
  }

  private mutating func add(
    _ entry: LabelsEntry, _ number: Int, _ classes: ClassList?
  ) throws(LabelsLineError) {
    let label = try Self.label(entry.label, classes)
    let limit = classes.map { UInt64($0.count - 1) } ?? Self.limit
    guard label <= limit else {
      throw LabelsLineError("label \(text(label)) is past the last class, \(limit)")
    }
    let seed = entry.seed ?? UInt64(labels.count)
    guard seed <= Self.limit else {
      throw LabelsLineError("seed \(text(seed)) is past the last seed, \(Self.limit)")
    }
    if entry.seed != nil && firstSeedLine == nil { firstSeedLine = number }
    labels.append(UInt32(label))
    seeds.append(UInt32(seed))
  }

  private static func label(
    _ label: LabelsEntry.Label, _ classes: ClassList?
  ) throws(LabelsLineError) -> UInt64 {
    switch label {
    case .number(let number): return number
    case .text(let item):
      if item.isQuoted, let named = classes?.names?.labels(named: item.text), named.count == 1 {
        return UInt64(named[0])
      }
      if let number = decimal(item.text.utf8) { return number }
      guard let names = classes?.names else {
        throw LabelsLineError("\(LabelsLineError.quoted(item.text.utf8)) is not a label")
      }
      do throws(ClassNameError) {
        return UInt64(try names.label(named: item.text))
      } catch {
        throw LabelsLineError(error.problem)
      }
    }
  }

  /// The number as text, unless it is too large to be represented.
  private func text(_ number: UInt64) -> String {
    number == .max ? "(a number of more than 19 digits)" : "\(number)"
  }

  private static func advice(_ isJSON: Bool, _ classCount: Int?) -> String {
    let labels = classCount.map { "labels are 0 to \($0 - 1), " } ?? ""
    return "write \(isJSON ? #"{"label": 3} or {"label": 3, "seed": 17}"# : "3 or 3,17") "
      + "for label 3 or label 3 and seed 17; \(labels)seeds 0 to \(limit)"
  }

  private static func trimmed(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var (start, end) = (0, line.count)
    while start < end, isBlank(line[start]) { start += 1 }
    while end > start, isBlank(line[end - 1]) { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: line[start..<end])
  }

  /// A carriage return may precede the line feed.
  private static func withoutReturn(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    line.last == 0x0D ? UnsafeRawBufferPointer(rebasing: line[..<(line.count - 1)]) : line
  }

  /// Windows' editors begin UTF-8 with a byte order mark.
  private static func withoutMark(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    line.starts(with: [0xEF, 0xBB, 0xBF])
      ? UnsafeRawBufferPointer(rebasing: line[3...]) : line
  }

  private static func isHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    let fields = ListItem.split(String(decoding: line, as: UTF8.self).lowercased()).map(\.text)
    return fields == ["label"] || fields == ["label", "seed"]
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}

/// The contents of a line. `UInt64.max` stands for any larger number.
struct LabelsEntry {
  enum Label {
    case number(UInt64)
    /// Anything other than a plain number, perhaps the name of a class.
    case text(ListItem)
  }

  var label: Label
  var seed: UInt64?
}

/// An error about a line.
struct LabelsLineError: Error {
  let problem: String

  init(_ problem: String) { self.problem = problem }

  /// Returns a piece of the line in quotation marks, safe to print on a terminal.
  static func quoted(_ bytes: some Collection<UInt8>) -> String {
    let text = String(decoding: bytes.prefix(80), as: UTF8.self)
    let shown = String(text.prefix(40))
    let safe = shown.unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control ? "?" : String(scalar)
    }.joined()
    return "'\(safe)\(shown.count < text.count ? "…" : "")'"
  }
}

/// Parses decimal digits. Returns `UInt64.max` if the number is too large, and `nil` if there is
/// any other character.
func decimal(_ bytes: some Collection<UInt8>) -> UInt64? {
  guard !bytes.isEmpty else { return nil }
  var value: UInt64 = 0
  for byte in bytes {
    let digit = UInt64(byte &- UInt8(ascii: "0"))
    guard digit < 10 else { return nil }
    let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
    let (sum, overflow) = product.addingReportingOverflow(digit)
    value = tooLarge || overflow || value == .max ? .max : sum
  }
  return value
}
