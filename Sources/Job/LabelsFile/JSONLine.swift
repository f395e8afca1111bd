import Foundation

/// A JSON object (RFC 8259) with a `label`, which is a number or a name, and optionally a number
/// `seed`. Other keys are ignored.
struct JSONLine {
  private let bytes: UnsafeRawBufferPointer
  private var place = 0

  static func entry(_ line: UnsafeRawBufferPointer) throws(LabelsLineError) -> LabelsEntry {
    var scanner = JSONLine(bytes: line)
    return try scanner.entry()
  }

  private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private mutating func entry() throws(LabelsLineError) -> LabelsEntry {
    var (label, seed): (LabelsEntry.Label?, UInt64?) = (nil, nil)
    try expect("{")
    if !take("}") {
      repeat {
        let key = try string()
        try expect(":")
        if key.elementsEqual("label".utf8) {
          label = try self.label()
        } else if key.elementsEqual("seed".utf8) {
          seed = try number("seed")
        } else {
          try skipValue()
        }
      } while take(",")
      try expect("}")
    }
    skipBlanks()
    guard place == bytes.count else {
      throw LabelsLineError("has \(LabelsLineError.quoted(bytes[place...])) after the object")
    }
    guard let label else { throw LabelsLineError("has no \"label\"") }
    return LabelsEntry(label: label, seed: seed)
  }

  private mutating func skipBlanks() {
    while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x09 { place += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(LabelsLineError) {
    guard !take(character) else { return }
    throw LabelsLineError("is not a JSON object: '\(character)' is missing \(here)")
  }

  private var here: String {
    place < bytes.count ? "before \(LabelsLineError.quoted(bytes[place...]))" : "at the end"
  }

  /// Returns the bytes between the quotation marks, with escapes as they are.
  private mutating func string() throws(LabelsLineError) -> Slice<UnsafeRawBufferPointer> {
    try expect("\"")
    let start = place
    while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "\""):
        place += 1
        return bytes[start..<(place - 1)]
      case UInt8(ascii: "\\"): place += 2
      default: place += 1
      }
    }
    throw LabelsLineError("is not a JSON object: a string has no end")
  }

  /// Returns the bytes before a comma or a bracket: a number, true, false or null.
  private mutating func word() -> Slice<UnsafeRawBufferPointer> {
    skipBlanks()
    let start = place
    while place < bytes.count, !",]}[{\": \t".utf8.contains(bytes[place]) { place += 1 }
    return bytes[start..<place]
  }

  private mutating func label() throws(LabelsLineError) -> LabelsEntry.Label {
    skipBlanks()
    let start = place
    guard start < bytes.count, bytes[start] == UInt8(ascii: "\"") else {
      return .number(try number("label"))
    }
    _ = try string()
    guard let name = try? JSONDecoder().decode(String.self, from: Data(bytes[start..<place])) else {
      throw LabelsLineError("\(LabelsLineError.quoted(bytes[start..<place])) is not a JSON string")
    }
    return .text(ListItem(quoted: name))
  }

  private mutating func number(_ name: String) throws(LabelsLineError) -> UInt64 {
    skipBlanks()
    let start = place
    let word = word()
    guard let number = decimal(word) else {
      let shown = word.isEmpty ? bytes[start...] : word
      throw LabelsLineError("\(LabelsLineError.quoted(shown)) is not a \(name)")
    }
    return number
  }

  /// Skips a value of any kind.
  private mutating func skipValue() throws(LabelsLineError) {
    var depth = 0
    repeat {
      skipBlanks()
      guard place < bytes.count else {
        throw LabelsLineError("is not a JSON object: it has no end")
      }
      switch bytes[place] {
      case UInt8(ascii: "\""): _ = try string()
      case UInt8(ascii: "{"), UInt8(ascii: "["): (depth, place) = (depth + 1, place + 1)
      case UInt8(ascii: "}") where depth > 0, UInt8(ascii: "]") where depth > 0:
        (depth, place) = (depth - 1, place + 1)
      case UInt8(ascii: ",") where depth > 0, UInt8(ascii: ":") where depth > 0: place += 1
      default:
        guard !word().isEmpty else {
          throw LabelsLineError("is not a JSON object: a value is missing \(here)")
        }
      }
    } while depth > 0
  }
}
