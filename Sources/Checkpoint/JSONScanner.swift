/// Reads the JSON values of a safetensors header (RFC 8259): objects with known fields, strings,
/// and lists of integers. Other values can be skipped.
struct JSONScanner {
  private var reader: ByteReader

  init(_ reader: ByteReader) {
    self.reader = reader
  }

  func bad(_ reason: String) -> CheckpointError { reader.bad(reason) }

  /// Reads an object. Calls `value` with each key; `value` must read the value of that key.
  mutating func object(
    _ value: (inout JSONScanner, String) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    try expect("{")
    if skip("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try value(&self, key)
    } while skip(",")
    try expect("}")
  }

  /// Reads a list of non-negative integers.
  mutating func integers(atMost limit: Int) throws(CheckpointError) -> [Int] {
    try expect("[")
    var integers: [Int] = []
    if skip("]") { return integers }
    repeat {
      guard integers.count < limit else { throw bad("the list has over \(limit) numbers") }
      integers.append(try integer())
    } while skip(",")
    try expect("]")
    return integers
  }

  mutating func string() throws(CheckpointError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while true {
      switch try reader.byte() {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text += try escape()
      case 0..<0x20: throw bad("a text holds a control character; \(Advice.fetchAgain)")
      case let byte: text.append(byte)
      }
    }
  }

  /// Skips `null` if it is next, and returns whether it was.
  mutating func null() -> Bool {
    guard skip("n") else { return false }
    for _ in 0..<3 { reader.skipByte() }
    return true
  }

  /// Skips a value of any kind. Counts brackets instead of recursing.
  mutating func skipValue() throws(CheckpointError) {
    var depth = 0
    repeat {
      skipSpace()
      switch reader.peek {
      case UInt8(ascii: "\""): _ = try string()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        reader.skipByte()
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard depth > 0 else { throw bad("a value should be here; \(Advice.fetchAgain)") }
        depth -= 1
        reader.skipByte()
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        guard depth > 0 else { throw bad("a value should be here; \(Advice.fetchAgain)") }
        reader.skipByte()
        continue
      case nil: throw bad("the header ends within a value; \(Advice.fetchAgain)")
      default: try skipWord()
      }
    } while depth > 0
  }

  /// Skips a number, `true`, `false` or `null`.
  private mutating func skipWord() throws(CheckpointError) {
    let start = reader.position
    while let byte = reader.peek, byte > 0x20, !",:]}[{\"".utf8.contains(byte) { reader.skipByte() }
    guard reader.position > start else {
      throw bad("a value should be here; \(Advice.fetchAgain)")
    }
  }

  /// Checks that only the spaces that pad the header remain.
  mutating func end() throws(CheckpointError) {
    skipSpace()
    guard reader.remaining == 0 else {
      throw bad("text follows the end of the header; \(Advice.fetchAgain)")
    }
  }

  private mutating func integer() throws(CheckpointError) -> Int {
    skipSpace()
    var value: Int?
    while let digit = reader.peek, (0x30...0x39).contains(digit) {
      let (tens, overflow) = (value ?? 0).multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int(digit - 0x30))
      guard !overflow, !carry else { throw bad("a number is too large; \(Advice.fetchAgain)") }
      value = sum
      reader.skipByte()
    }
    guard let value else { throw bad("a whole number should be here; \(Advice.fetchAgain)") }
    return value
  }

  /// Reads an escape sequence after its backslash, and returns it as UTF-8.
  private mutating func escape() throws(CheckpointError) -> [UInt8] {
    switch try reader.byte() {
    case UInt8(ascii: "\""): return [0x22]
    case UInt8(ascii: "\\"): return [0x5c]
    case UInt8(ascii: "/"): return [0x2f]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw bad("a text holds an unknown escape sequence; \(Advice.fetchAgain)")
    }
  }

  /// Reads four hexadecimal digits, and the second half of a surrogate pair if they are the first
  /// half.
  private mutating func unicodeEscape() throws(CheckpointError) -> [UInt8] {
    var units = [try hexadecimalUnit()]
    if UTF16.isLeadSurrogate(units[0]), reader.peek == UInt8(ascii: "\\") {
      reader.skipByte()
      try expect("u")
      units.append(try hexadecimalUnit())
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }

  private mutating func hexadecimalUnit() throws(CheckpointError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = Character(UnicodeScalar(try reader.byte())).hexDigitValue else {
        throw bad("a text holds a broken escape sequence; \(Advice.fetchAgain)")
      }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(CheckpointError) {
    guard skip(character) else {
      throw bad("\(character) should be here; \(Advice.fetchAgain)")
    }
  }

  /// Skips spaces, and then `character` if it is next. Returns whether it was.
  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard reader.peek == UInt8(ascii: character) else { return false }
    reader.skipByte()
    return true
  }

  private mutating func skipSpace() {
    while let byte = reader.peek, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { reader.skipByte() }
  }
}
