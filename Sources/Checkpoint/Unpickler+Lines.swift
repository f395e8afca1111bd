/// Instructions of protocol 0, whose values are lines of text.
extension Unpickler {
  /// INT: a decimal number, or `00` and `01` for false and true.
  mutating func pushIntegerLine() throws(CheckpointError) {
    switch try reader.line() {
    case "00": stack.append(.bool(false))
    case "01": stack.append(.bool(true))
    case let text: try pushInteger(text)
    }
  }

  /// LONG: a decimal number, with the L of Python 2.
  mutating func pushLongLine() throws(CheckpointError) {
    let text = try reader.line(atMost: 1 << 16)
    try pushInteger(text.hasSuffix("L") ? String(text.dropLast()) : text)
  }

  private mutating func pushInteger(_ text: String) throws(CheckpointError) {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      throw bad("a number is not written in digits; \(Remedy.fetchAgain)")
    }
    // Descriptions of weights contain no numbers of more than 64 bits.
    stack.append(Int(text).map { .int($0) } ?? .inert)
  }

  mutating func memoIndexLine() throws(CheckpointError) -> UInt32 {
    guard let index = UInt32(try reader.line()) else {
      throw bad("a value is stored under a key that is not a number; \(Remedy.fetchAgain)")
    }
    return index
  }

  /// STRING: a string in either kind of quotes, as written by Python 2's `repr`.
  func unquoted(_ line: String) -> String {
    guard line.utf8.count >= 2, let quote = line.utf8.first, quote == line.utf8.last,
      quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
    else { return line }
    return unescaped(String(decoding: line.utf8.dropFirst().dropLast(), as: UTF8.self))
  }

  /// UNICODE: `\uXXXX` stands for a character. Other escapes do not occur in the names of tensors.
  func unescaped(_ line: String) -> String {
    guard line.utf8.contains(UInt8(ascii: "\\")) else { return line }
    return line.replacing(/\\u([0-9a-fA-F]{4})/) { match in
      UInt32(match.1, radix: 16).flatMap(Unicode.Scalar.init).map(String.init) ?? "\u{fffd}"
    }
  }
}
