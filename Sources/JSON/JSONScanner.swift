/// Reads JSON (RFC 8259) from bytes in memory, value by value in the order of the text.
///
/// The caller says which value it expects next, and skips the values that it does not need. The
/// scanner does not recurse, so deeply nested text cannot exhaust the stack. A key that appears
/// twice is reported twice.
package struct JSONScanner {
  private let bytes: UnsafeRawBufferPointer
  /// The offset of the next byte.
  package private(set) var offset = 0

  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Returns an error about the next byte.
  package func error(_ problem: JSONError.Problem) -> JSONError {
    JSONError(problem: problem, offset: offset)
  }

  /// Reads an object. Calls `value` with each key; `value` must read the value of that key.
  package mutating func object(
    _ value: (inout JSONScanner, String) throws(JSONError) -> Void
  ) throws(JSONError) {
    try expect("{")
    if skip("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try value(&self, key)
    } while skip(",")
    try expect("}")
  }

  /// Reads a list. Calls `item` for each item; `item` must read it.
  package mutating func list(
    _ item: (inout JSONScanner) throws(JSONError) -> Void
  ) throws(JSONError) {
    try expect("[")
    if skip("]") { return }
    repeat { try item(&self) } while skip(",")
    try expect("]")
  }

  /// Reads a list of non-negative integers.
  package mutating func integers(atMost limit: Int) throws(JSONError) -> [Int] {
    var integers: [Int] = []
    try list { (scanner) throws(JSONError) in
      guard integers.count < limit else {
        throw scanner.error(.tooManyNumbers(limit: limit))
      }
      integers.append(try scanner.integer())
    }
    return integers
  }

  package mutating func string() throws(JSONError) -> String {
    try expect("\"")
    let start = offset
    var text: [UInt8] = []
    // The start of the bytes that need no conversion and are not in `text` yet.
    var plain = start
    while true {
      switch try byte() {
      case UInt8(ascii: "\""):
        if plain == start { return String(decoding: bytes[start..<(offset - 1)], as: UTF8.self) }
        return String(decoding: text + bytes[plain..<(offset - 1)], as: UTF8.self)
      case UInt8(ascii: "\\"):
        text += bytes[plain..<(offset - 1)]
        text += try escape()
        plain = offset
      case 0..<0x20: throw error(.controlCharacter)
      default: break
      }
    }
  }

  /// Returns whether a string is next.
  package mutating func isAtString() -> Bool {
    skipSpace()
    return peek == UInt8(ascii: "\"")
  }

  /// Returns whether a list is next.
  package mutating func isAtList() -> Bool {
    skipSpace()
    return peek == UInt8(ascii: "[")
  }

  /// Skips `null` if it is next, and returns whether it was.
  package mutating func null() -> Bool {
    guard skip("n") else { return false }
    offset = min(offset + 3, bytes.count)
    return true
  }

  /// Returns the bytes of a number, `true`, `false` or `null`. They are empty if something else is
  /// next.
  package mutating func word() -> Slice<UnsafeRawBufferPointer> {
    skipSpace()
    let start = offset
    while let byte = peek, byte > 0x20, !",:]}[{\"".utf8.contains(byte) { offset += 1 }
    return bytes[start..<offset]
  }

  /// Skips a value of any kind. Counts brackets instead of recursing.
  package mutating func skipValue() throws(JSONError) {
    var depth = 0
    repeat {
      skipSpace()
      switch peek {
      case UInt8(ascii: "\""): _ = try string()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        offset += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard depth > 0 else { throw error(.noValue) }
        depth -= 1
        offset += 1
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        guard depth > 0 else { throw error(.noValue) }
        offset += 1
      case nil: throw error(.unendedValue)
      default:
        guard !word().isEmpty else { throw error(.noValue) }
      }
    } while depth > 0
  }

  /// Checks that only spaces remain.
  package mutating func end() throws(JSONError) {
    skipSpace()
    guard offset == bytes.count else { throw error(.textAfterEnd) }
  }

  private mutating func integer() throws(JSONError) -> Int {
    skipSpace()
    var value: Int?
    while let digit = peek, (0x30...0x39).contains(digit) {
      let (tens, overflow) = (value ?? 0).multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int(digit - 0x30))
      guard !overflow, !carry else { throw error(.tooLargeNumber) }
      value = sum
      offset += 1
    }
    guard let value else { throw error(.noWholeNumber) }
    return value
  }

  /// Reads an escape sequence after its backslash, and returns it as UTF-8.
  private mutating func escape() throws(JSONError) -> [UInt8] {
    switch try byte() {
    case UInt8(ascii: "\""): return [0x22]
    case UInt8(ascii: "\\"): return [0x5c]
    case UInt8(ascii: "/"): return [0x2f]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw error(.unknownEscape)
    }
  }

  /// Reads four hexadecimal digits, and the second half of a surrogate pair if they are the first
  /// half.
  private mutating func unicodeEscape() throws(JSONError) -> [UInt8] {
    var units = [try hexadecimalUnit()]
    if UTF16.isLeadSurrogate(units[0]), peek == UInt8(ascii: "\\") {
      offset += 1
      try expect("u")
      units.append(try hexadecimalUnit())
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }

  private mutating func hexadecimalUnit() throws(JSONError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = Character(UnicodeScalar(try byte())).hexDigitValue else {
        throw error(.brokenEscape)
      }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }

  /// The next byte, `nil` at the end.
  private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  /// The next byte of a string, which must not end before its quotation mark.
  private mutating func byte() throws(JSONError) -> UInt8 {
    guard let byte = peek else { throw error(.unendedString) }
    offset += 1
    return byte
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(JSONError) {
    guard skip(character) else { throw error(.missing(character)) }
  }

  /// Skips spaces, and then `character` if it is next. Returns whether it was.
  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d {
      offset += 1
    }
  }
}

/// What is wrong with a JSON text, and where. The reader of the text writes the message.
package struct JSONError: Error, Equatable {
  package enum Problem: Equatable, Sendable {
    case missing(Unicode.Scalar)
    case noValue
    case noWholeNumber
    case tooLargeNumber
    case tooManyNumbers(limit: Int)
    case controlCharacter
    case unknownEscape
    case brokenEscape
    case unendedString
    case unendedValue
    case textAfterEnd
    /// The text is JSON but does not hold what its reader needs.
    case content(String)
  }

  package let problem: Problem
  /// The position in bytes from the start of the text.
  package let offset: Int
}
