/// Reads little-endian values one after another from a part of a file.
///
/// Every read is checked against the part's end and throws an error that names the byte.
struct ByteReader {
  let file: MappedFile
  /// The archive entry that the part is; `nil` when bytes are counted from the file's start.
  let entry: String?
  /// Where in the file the part lies.
  let bounds: Range<Int>
  /// The next byte, counted from the file's start.
  private(set) var position: Int

  init(_ file: MappedFile, _ bounds: Range<Int>, entry: String? = nil) {
    self.file = file
    self.entry = entry
    self.bounds = bounds
    position = bounds.lowerBound
  }

  var remaining: Int { bounds.upperBound - position }

  /// The next byte, `nil` at the end.
  var peek: UInt8? { remaining > 0 ? file.bytes(position..<position + 1)[0] : nil }

  /// The next `length` bytes' place in the file.
  mutating func take(_ length: Int) throws(CheckpointError) -> Range<Int> {
    guard length >= 0, length <= remaining else {
      throw bad("\(length) bytes should follow but \(remaining) are left; \(Advice.fetchAgain)")
    }
    defer { position += length }
    return position..<position + length
  }

  mutating func integer<T: FixedWidthInteger>(_ type: T.Type) throws(CheckpointError) -> T {
    let place = try take(MemoryLayout<T>.size)
    return T(littleEndian: file.bytes(place).loadUnaligned(as: T.self))
  }

  /// Goes past the byte that `peek` showed.
  mutating func skipByte() { position += remaining > 0 ? 1 : 0 }

  mutating func byte() throws(CheckpointError) -> UInt8 { try integer(UInt8.self) }

  /// A 64-bit length or offset; one that no file could have is refused.
  mutating func length64() throws(CheckpointError) -> Int {
    let start = position
    let value = try integer(UInt64.self)
    guard let length = Int(exactly: value) else {
      throw bad("the length \(value) is impossible; \(Advice.fetchAgain)", at: start)
    }
    return length
  }

  /// The next `length` bytes as UTF-8; ill-formed sequences become U+FFFD.
  mutating func string(_ length: Int) throws(CheckpointError) -> String {
    String(decoding: file.bytes(try take(length)), as: UTF8.self)
  }

  /// The text before the next line feed, which is skipped.
  mutating func line(atMost limit: Int = 1000) throws(CheckpointError) -> String {
    let rest = file.bytes(position..<bounds.upperBound).prefix(limit)
    guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
      throw bad("a line does not end; \(Advice.fetchAgain)")
    }
    let text = try string(end)
    position += 1
    return text
  }

  /// The error that says what is wrong at byte `offset` of the file, or at the next one.
  func bad(_ reason: String, at offset: Int? = nil) -> CheckpointError {
    file.badData(place(offset ?? position), reason)
  }

  private func place(_ offset: Int) -> String {
    guard let entry else { return "byte \(offset)" }
    return "byte \(offset - bounds.lowerBound) of \(entry)"
  }
}
