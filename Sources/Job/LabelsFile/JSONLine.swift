import JSON

/// A JSON object (RFC 8259) with a `label`, which is a number or a name, and optionally a number
/// `seed`. Other keys are ignored.
struct JSONLine {
  private let bytes: UnsafeRawBufferPointer
  private var label: LabelsEntry.Label?
  private var seed: UInt64?

  static func entry(_ line: UnsafeRawBufferPointer) throws(LabelsLineError) -> LabelsEntry {
    var object = JSONLine(bytes: line)
    do throws(JSONError) {
      try object.read()
    } catch {
      throw LabelsLineError(object.text(error))
    }
    guard let label = object.label else { throw LabelsLineError("has no \"label\"") }
    return LabelsEntry(label: label, seed: object.seed)
  }

  private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private mutating func read() throws(JSONError) {
    var scanner = JSONScanner(bytes)
    try scanner.object { (scanner, key) throws(JSONError) in
      switch key {
      case "label": label = try label(&scanner)
      case "seed": seed = try number("seed", &scanner)
      default: try scanner.skipValue()
      }
    }
    try scanner.end()
  }

  private func label(_ scanner: inout JSONScanner) throws(JSONError) -> LabelsEntry.Label {
    guard scanner.isAtString() else { return .number(try number("label", &scanner)) }
    let start = scanner.offset
    do throws(JSONError) {
      return .text(ListItem(quoted: try scanner.string()))
    } catch {
      guard error.problem != .unendedString else { throw error }
      // Up to the next quotation mark.
      let end = bytes[error.offset...].firstIndex(of: UInt8(ascii: "\"")).map { $0 + 1 }
      let text = bytes[start..<(end ?? bytes.count)]
      throw scanner.error(.content("\(LabelsLineError.quoted(text)) is not a JSON string"))
    }
  }

  private func number(
    _ name: String, _ scanner: inout JSONScanner
  ) throws(JSONError) -> UInt64 {
    let word = scanner.word()
    guard let number = decimal(word) else {
      let shown = word.isEmpty ? bytes[scanner.offset...] : word
      throw scanner.error(.content("\(LabelsLineError.quoted(shown)) is not a \(name)"))
    }
    return number
  }

  private func text(_ error: JSONError) -> String {
    let rest = bytes[error.offset...]
    let here = rest.isEmpty ? "at the end" : "before \(LabelsLineError.quoted(rest))"
    switch error.problem {
    case .content(let problem): return problem
    case .textAfterEnd: return "has \(LabelsLineError.quoted(rest)) after the object"
    case .missing(let character):
      return "is not a JSON object: '\(character)' is missing \(here)"
    case .noValue, .noWholeNumber, .tooLargeNumber, .tooManyNumbers:
      return "is not a JSON object: a value is missing \(here)"
    case .controlCharacter: return "is not a JSON object: a string holds a control character"
    case .unknownEscape, .brokenEscape:
      return "is not a JSON object: a string holds an unknown escape sequence"
    case .unendedString: return "is not a JSON object: a string has no end"
    case .unendedValue: return "is not a JSON object: it has no end"
    }
  }
}
