/// Reads consecutive little-endian values from a part of a file.
///
/// Every read is checked against the end of the part. The error names the byte.
struct ByteReader {
  let file: MappedFile
  /// The archive entry that is read, or `nil` if bytes are counted from the start of the file.
  let entry: String?
  /// The byte range of the part in the file.
  let bounds: Range<Int>
  /// The offset of the next byte, from the start of the file.
  private(set) var position: Int

  init(_ file: MappedFile, _ bounds: Range<Int>, entry: String? = nil) {
    self.file = file
    self.entry = entry
    self.bounds = bounds
    position = bounds.lowerBound
  }

  var remaining: Int { bounds.upperBound - position }

  /// The next byte, or `nil` at the end.
  var peek: UInt8? { remaining > 0 ? file.bytes(position..<position + 1)[0] : nil }

  /// Returns the byte range of the next `length` bytes in the file, and advances past them.
  mutating func take(_ length: Int) throws(CheckpointError) -> Range<Int> {
    guard length >= 0, length <= remaining else {
      throw bad("\(length) bytes should follow but \(remaining) are left; \(Remedy.fetchAgain)")
    }
    defer { position += length }
    return position..<position + length
  }

  mutating func integer<T: FixedWidthInteger>(_ type: T.Type) throws(CheckpointError) -> T {
    let place = try take(MemoryLayout<T>.size)
    return T(littleEndian: file.bytes(place).loadUnaligned(as: T.self))
  }

  /// Advances past the byte that `peek` returned.
  mutating func skipByte() { position += remaining > 0 ? 1 : 0 }

  mutating func byte() throws(CheckpointError) -> UInt8 { try integer(UInt8.self) }

  /// Reads a 64-bit length or offset. Throws if no file could be that large.
  mutating func length64() throws(CheckpointError) -> Int {
    let start = position
    let value = try integer(UInt64.self)
    guard let length = Int(exactly: value) else {
      throw bad("the length \(value) is impossible; \(Remedy.fetchAgain)", at: start)
    }
    return length
  }

  /// Reads `length` bytes as UTF-8. Ill-formed sequences become U+FFFD.
  mutating func string(_ length: Int) throws(CheckpointError) -> String {
    String(decoding: file.bytes(try take(length)), as: UTF8.self)
  }

  /// Reads the text before the next line feed, and advances past the line feed.
  mutating func line(atMost limit: Int = 1000) throws(CheckpointError) -> String {
    let rest = file.bytes(position..<bounds.upperBound).prefix(limit)
    guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
      throw bad("a line does not end; \(Remedy.fetchAgain)")
    }
    let text = try string(end)
    position += 1
    return text
  }

  /// Returns an error with a reason and the byte at `offset` of the file, by default the next byte.
  func bad(_ reason: String, at offset: Int? = nil) -> CheckpointError {
    file.badData(place(offset ?? position), reason)
  }

  private func place(_ offset: Int) -> String {
    guard let entry else { return "byte \(offset)" }
    return "byte \(offset - bounds.lowerBound) of \(entry)"
  }
}
