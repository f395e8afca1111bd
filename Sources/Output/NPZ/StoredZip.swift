/// The headers of a zip archive without compression (PKWARE's APPNOTE, 4.3). They are
/// byte-identical to those of Python's `zipfile` with `force_zip64`, which `numpy.savez` uses.
package enum StoredZip {
  /// A file in the archive.
  package struct Member {
    package let name: String
    /// The size of the contents in bytes.
    package let size: Int
    /// The CRC-32 of the contents.
    package var checksum: UInt32
    /// The offset of the local header.
    package let offset: Int

    package init(name: String, size: Int, checksum: UInt32 = 0, offset: Int) {
      self.name = name
      self.size = size
      self.checksum = checksum
      self.offset = offset
    }
  }

  /// Larger sizes and offsets are written in 64 bits.
  private static let limit = 0x7FFF_FFFF
  private static let wide: UInt32 = 0xFFFF_FFFF
  /// Version 4.5, the first with ZIP64.
  private static let version: UInt16 = 45
  /// 1 January 1980, the earliest possible date.
  private static let date: UInt16 = 1 << 5 | 1
  private static let madeOnUnix: UInt16 = 3 << 8
  /// Read and write permission for the owner.
  private static let attributes: UInt32 = 0o600 << 16

  /// Returns the header before a member's contents. Its sizes are always in 64 bits.
  package static func localHeader(_ member: Member) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: 0x0403_4B50 as UInt32)
    bytes.append(littleEndian: version)
    appendDescription(of: member, size: wide, extraSize: 20, to: &bytes)
    bytes += Array(member.name.utf8)
    appendExtra([member.size, member.size], to: &bytes)
    return bytes
  }

  /// Returns the bytes after all members: the central directory and the records that end the
  /// archive.
  ///
  /// - Parameter start: the offset of the central directory, which is the end of the last member.
  package static func directory(of members: [Member], at start: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for member in members { appendEntry(of: member, to: &bytes) }
    appendEnd(count: members.count, size: bytes.count, start: start, to: &bytes)
    return bytes
  }

  private static func appendEntry(of member: Member, to bytes: inout [UInt8]) {
    var extra: [Int] = []
    if member.size > limit { extra += [member.size, member.size] }
    if member.offset > limit { extra.append(member.offset) }
    bytes.append(littleEndian: 0x0201_4B50 as UInt32)
    bytes.append(littleEndian: madeOnUnix | version)
    bytes.append(littleEndian: version)
    appendDescription(
      of: member, size: member.size > limit ? wide : UInt32(member.size),
      extraSize: extra.isEmpty ? 0 : 4 + 8 * extra.count, to: &bytes)
    // No comment, first disk, binary file.
    bytes += [UInt8](repeating: 0, count: 6)
    bytes.append(littleEndian: attributes)
    bytes.append(littleEndian: member.offset > limit ? wide : UInt32(member.offset))
    bytes += Array(member.name.utf8)
    if !extra.isEmpty { appendExtra(extra, to: &bytes) }
  }

  /// Appends the fields that a local header and an entry of the directory have in common.
  private static func appendDescription(
    of member: Member, size: UInt32, extraSize: Int, to bytes: inout [UInt8]
  ) {
    // No flags, not compressed, at midnight.
    bytes += [UInt8](repeating: 0, count: 6)
    bytes.append(littleEndian: date)
    bytes.append(littleEndian: member.checksum)
    bytes.append(littleEndian: size)
    bytes.append(littleEndian: size)
    bytes.append(littleEndian: UInt16(member.name.utf8.count))
    bytes.append(littleEndian: UInt16(extraSize))
  }

  /// Appends the field of sizes and offsets in 64 bits (4.5.3).
  private static func appendExtra(_ values: [Int], to bytes: inout [UInt8]) {
    bytes.append(littleEndian: 1 as UInt16)
    bytes.append(littleEndian: UInt16(8 * values.count))
    for value in values { bytes.append(littleEndian: UInt64(value)) }
  }

  private static func appendEnd(count: Int, size: Int, start: Int, to bytes: inout [UInt8]) {
    if start > limit {
      bytes.append(littleEndian: 0x0606_4B50 as UInt32)
      // The size of the rest of this record.
      bytes.append(littleEndian: 44 as UInt64)
      bytes.append(littleEndian: version)
      bytes.append(littleEndian: version)
      bytes.append(littleEndian: 0 as UInt64)
      for value in [count, count, size, start] { bytes.append(littleEndian: UInt64(value)) }
      // The locator of the record above: first disk of one.
      bytes.append(littleEndian: 0x0706_4B50 as UInt32)
      bytes.append(littleEndian: 0 as UInt32)
      bytes.append(littleEndian: UInt64(start + size))
      bytes.append(littleEndian: 1 as UInt32)
    }
    bytes.append(littleEndian: 0x0605_4B50 as UInt32)
    bytes.append(littleEndian: 0 as UInt32)
    bytes.append(littleEndian: UInt16(count))
    bytes.append(littleEndian: UInt16(count))
    bytes.append(littleEndian: UInt32(size))
    bytes.append(littleEndian: UInt32(min(start, Int(wide))))
    bytes.append(littleEndian: 0 as UInt16)
  }
}

extension [UInt8] {
  /// Appends a number with its lowest byte first.
  mutating func append(littleEndian number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}
