import JSON
import Testing

@Suite("JSON scanner")
struct JSONScannerTests {
  /// Scans `text` with `read`.
  private func scan<Value>(
    _ text: String, _ read: (inout JSONScanner) throws(JSONError) -> Value
  ) throws -> Value {
    try Array(text.utf8).withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      return try read(&scanner)
    }
  }

  @Test
  func `keys keep their order, and one that appears twice is handed over twice`() throws {
    let keys = try scan(#" { "b" : 1 , "a":[{}], "b" :null } "#) { scanner throws(JSONError) in
      var keys: [String] = []
      try scanner.object { (scanner, key) throws(JSONError) in
        keys.append(key)
        try scanner.skipValue()
      }
      try scanner.end()
      return keys
    }
    #expect(keys == ["b", "a", "b"])
  }

  @Test(arguments: [
    (#""""#, ""), (#""plain é""#, "plain é"), (#""\n""#, "\n"), (#""a\tb\\c""#, "a\tb\\c"),
    (#""\"\/\b\f\r""#, "\"/\u{8}\u{c}\r"), (#""w\u0041\ud83d\ude00x""#, "wA😀x"),
    (#""\ud83d!""#, "\u{FFFD}!"),
  ])
  func `strings are decoded`(text: String, expected: String) throws {
    #expect(try scan(text) { scanner throws(JSONError) in try scanner.string() } == expected)
  }

  @Test(
    arguments: [
      ("", .unendedValue, 0), (",", .noValue, 0), (" ]", .noValue, 1), ("[1,", .unendedValue, 3),
      (#""a"#, .unendedString, 2), (#""\q""#, .unknownEscape, 3), (#""\u12g4""#, .brokenEscape, 6),
      ("\"\u{1}\"", .controlCharacter, 2), ("1 2", .textAfterEnd, 2),
      (String(repeating: "[", count: 100_000), .unendedValue, 100_000),
    ] as [(String, JSONError.Problem, Int)])
  func `a value that cannot be skipped is refused with what is wrong and where`(
    text: String, problem: JSONError.Problem, offset: Int
  ) throws {
    let error = #expect(throws: JSONError.self) {
      try scan(text) { scanner throws(JSONError) in
        try scanner.skipValue()
        try scanner.end()
      }
    }
    #expect(error?.problem == problem && error?.offset == offset)
  }

  @Test
  func `lists of whole numbers have limits`() throws {
    func read(_ text: String) throws -> [Int] {
      try scan(text) { scanner throws(JSONError) in try scanner.integers(atMost: 2) }
    }
    #expect(try read("[]") == [])
    #expect(try read("[ 1 , 20 ]") == [1, 20])
    for (text, problem) in [
      ("[1,2,3]", .tooManyNumbers(limit: 2)), ("[-1]", .noWholeNumber),
      ("[99999999999999999999]", .tooLargeNumber), ("[1.0]", .missing("]")),
    ] as [(String, JSONError.Problem)] {
      let error = #expect(throws: JSONError.self) { try read(text) }
      #expect(error?.problem == problem)
    }
  }
}
