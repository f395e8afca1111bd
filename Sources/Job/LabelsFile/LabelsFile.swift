import Foundation

/// The file of `--labels-file`: label and seed of each image, a line each, in CSV or JSON.
///
/// CSV is `label` or `label,seed`, with a first line that says so or without; JSON lines are
/// `{"label": 3, "seed": 17}`, other keys ignored, so that a job's metadata.jsonl can be read as
/// well. Empty lines and those that begin with # don't count. Without a seed, an image's index is
/// its seed.
struct LabelsFile {
  private(set) var labels = PackedNumbers()
  private(set) var seeds = PackedNumbers()
  /// The first line that names a seed, if any.
  private(set) var firstSeedLine: Int?

  /// Reads the file once, from its beginning to its end.
  ///
  /// - Parameter classCount: how many classes the networks know; any label will do where it is nil.
  /// - Throws: a failure that names file and line.
  init(_ path: String, classCount: Int?) throws(Failure) {
    var isJSON: Bool?
    try LineReader(path).forEachLine { (line, number) throws(Failure) in
      let text = Self.trimmed(number == 1 ? Self.withoutMark(line) : line)
      guard let first = text.first, first != UInt8(ascii: "#") else { return }
      let isFirst = isJSON == nil
      let json = isJSON ?? (first == UInt8(ascii: "{"))
      isJSON = json
      if isFirst, Self.isHeader(text) { return }
      do throws(LabelsLineError) {
        try add(json ? JSONLine.entry(text) : CSVLine.entry(text), number, classCount)
      } catch {
        throw Failure(
          "\(path): line \(number): \(error.problem); \(Self.advice(json, classCount))",
          status: .badData)
      }
    }
    guard labels.count > 0 else {
      throw Failure(
        "\(path): holds no label; \(Self.advice(isJSON ?? false, classCount))", status: .badData)
    }
  }

  /// The last number a label or a seed may be.
  static let limit = UInt64(UInt32.max)

  private mutating func add(
    _ entry: LabelsEntry, _ number: Int, _ classCount: Int?
  ) throws(LabelsLineError) {
    let limit = classCount.map { UInt64($0 - 1) } ?? Self.limit
    guard entry.label <= limit else {
      throw LabelsLineError("label \(text(entry.label)) is past the last class, \(limit)")
    }
    let seed = entry.seed ?? UInt64(labels.count)
    guard seed <= Self.limit else {
      throw LabelsLineError("seed \(text(seed)) is past the last seed, \(Self.limit)")
    }
    if entry.seed != nil && firstSeedLine == nil { firstSeedLine = number }
    labels.append(UInt32(entry.label))
    seeds.append(UInt32(seed))
  }

  /// A number, unless it is too large to be read.
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

  /// Windows' editors begin UTF-8 with a byte order mark.
  private static func withoutMark(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    line.starts(with: [0xEF, 0xBB, 0xBF])
      ? UnsafeRawBufferPointer(rebasing: line[3...]) : line
  }

  private static func isHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    let fields = String(decoding: line, as: UTF8.self).lowercased().split(separator: ",").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    return fields == ["label"] || fields == ["label", "seed"]
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}

/// What a line says; `UInt64.max` stands for any number that is larger.
struct LabelsEntry {
  var label: UInt64
  var seed: UInt64?
}

/// What is wrong with a line.
struct LabelsLineError: Error {
  let problem: String

  init(_ problem: String) { self.problem = problem }

  /// A piece of the line in a form that does a terminal no harm.
  static func quoted(_ bytes: some Collection<UInt8>) -> String {
    let text = String(decoding: bytes.prefix(80), as: UTF8.self)
    let shown = String(text.prefix(40))
    let safe = shown.unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control ? "?" : String(scalar)
    }.joined()
    return "'\(safe)\(shown.count < text.count ? "…" : "")'"
  }
}

/// Decimal digits and nothing else; `UInt64.max` where there are more than a number has room for,
/// nil where there is anything else.
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
