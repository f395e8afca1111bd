/// The entries of a ZIP archive (PKWARE's APPNOTE, with ZIP64) that are stored without compression.
///
/// Sizes and positions come from the central directory and are checked against the file. Checksums
/// are compared when the whole file is read (`FileDigest`).
package struct ZipArchive {
  /// The name of an entry and its position in the file.
  private struct Entry {
    let name: String
    let isStored: Bool
    let headerOffset: Int
    let size: Int
    /// The CRC-32 of the contents, or 0 if the archive was written without checksums.
    let checksum: UInt32
  }

  private let file: MappedFile
  private let entries: [String: Entry]
  /// The names in the order of the central directory.
  package let names: [String]

  private static let largestEntryCount = 1 << 20

  package init(_ file: MappedFile) throws(CheckpointError) {
    self.file = file
    let directory = try CentralDirectory(file)
    guard directory.entryCount <= Self.largestEntryCount else {
      throw file.badData(
        "central directory",
        "\(directory.entryCount) entries are more than any model's; \(Remedy.fetchAgain)")
    }
    var entries: [String: Entry] = [:]
    var names: [String] = []
    var reader = ByteReader(file, directory.bounds)
    for _ in 0..<directory.entryCount {
      let entry = try Self.entry(&reader)
      guard entries.updateValue(entry, forKey: entry.name) == nil else {
        throw file.badData(
          "entry \(entry.name)", "is in the archive twice; \(Remedy.fetchAgain)")
      }
      names.append(entry.name)
    }
    self.entries = entries
    self.names = names
  }

  /// Returns whether an entry exists and cannot be read because it is compressed or encrypted.
  package func isCompressed(_ name: String) -> Bool { entries[name]?.isStored == false }

  /// Returns the byte range of the entry named `name`, or `nil` if it does not exist.
  package func bytes(of name: String) throws(CheckpointError) -> Range<Int>? {
    guard let entry = entries[name] else { return nil }
    guard entry.isStored else {
      throw file.badData(
        "entry \(name)",
        "is compressed or encrypted, which PyTorch never does: unpack the archive and zip it "
          + "again without compression (zip -0), or save the checkpoint again with torch.save")
    }
    guard entry.headerOffset < file.count else { throw outside(entry) }
    var reader = ByteReader(file, entry.headerOffset..<file.count)
    let header = reader
    guard try reader.integer(UInt32.self) == 0x0403_4b50 else {
      throw header.bad("the local header of entry \(name) is missing; \(Remedy.fetchAgain)")
    }
    _ = try reader.take(22)
    let nameLength = Int(try reader.integer(UInt16.self))
    let extraLength = Int(try reader.integer(UInt16.self))
    _ = try reader.take(nameLength + extraLength)
    guard entry.size <= reader.remaining else { throw outside(entry) }
    return try reader.take(entry.size)
  }

  /// Returns the checksums of the stored entries that have one, in the order of the file.
  func checksums() throws(CheckpointError) -> [Checksum] {
    var checksums: [Checksum] = []
    for name in names {
      guard let entry = entries[name], entry.isStored, entry.checksum != 0,
        let bytes = try bytes(of: name)
      else { continue }
      checksums.append(Checksum(entry: name, bytes: bytes, value: entry.checksum))
    }
    return checksums.sorted { $0.bytes.lowerBound < $1.bytes.lowerBound }
  }

  struct Checksum {
    let entry: String
    let bytes: Range<Int>
    /// The CRC-32.
    let value: UInt32
  }

  private func outside(_ entry: Entry) -> CheckpointError {
    file.badData(
      "entry \(entry.name)",
      "\(entry.size) bytes from byte \(entry.headerOffset) on do not fit into a file of "
        + "\(file.count); \(Remedy.fetchAgain)")
  }

  /// Reads one record of the central directory (APPNOTE 4.3.12).
  private static func entry(_ reader: inout ByteReader) throws(CheckpointError) -> Entry {
    let record = reader
    guard try reader.integer(UInt32.self) == 0x0201_4b50 else {
      throw record.bad("an entry of the central directory is missing; \(Remedy.fetchAgain)")
    }
    _ = try reader.take(4)
    let flags = try reader.integer(UInt16.self)
    let method = try reader.integer(UInt16.self)
    _ = try reader.take(4)
    let checksum = try reader.integer(UInt32.self)
    let compressed = try reader.integer(UInt32.self)
    let size = try reader.integer(UInt32.self)
    let nameLength = Int(try reader.integer(UInt16.self))
    let extraLength = Int(try reader.integer(UInt16.self))
    let commentLength = Int(try reader.integer(UInt16.self))
    _ = try reader.take(8)
    let headerOffset = try reader.integer(UInt32.self)
    let name = try reader.string(nameLength)
    var wide = WideFields(ByteReader(reader.file, try reader.take(extraLength)))
    _ = try reader.take(commentLength)

    let wideSize = try wide.value(size)
    let wideCompressed = try wide.value(compressed)
    let wideOffset = try wide.value(headerOffset)
    let isStored = method == 0 && flags & 1 == 0
    guard !isStored || wideSize == wideCompressed else {
      throw record.bad("entry \(name) has two sizes; \(Remedy.fetchAgain)")
    }
    return Entry(
      name: name, isStored: isStored, headerOffset: wideOffset, size: wideSize, checksum: checksum)
  }
}

/// The 64-bit values that replace fields of 0xFFFFFFFF (APPNOTE 4.5.3).
private struct WideFields {
  private var extra: ByteReader

  /// `extra` is the whole extra field of an entry: records of a tag, a length and contents.
  init(_ extra: ByteReader) {
    self.extra = extra
  }

  private var fields: ByteReader?

  /// Returns `field`, or the next 64-bit value if `field` is only a placeholder.
  mutating func value(_ field: UInt32) throws(CheckpointError) -> Int {
    guard field == .max else { return Int(field) }
    var reader = if let fields { fields } else { try find() }
    let value = try reader.length64()
    fields = reader
    return value
  }

  private mutating func find() throws(CheckpointError) -> ByteReader {
    while extra.remaining > 0 {
      let tag = try extra.integer(UInt16.self)
      let contents = try extra.take(Int(try extra.integer(UInt16.self)))
      if tag == 1 { return ByteReader(extra.file, contents) }
    }
    throw extra.bad("an entry's 64-bit size is missing; \(Remedy.fetchAgain)")
  }
}

/// The position of the archive's list of entries.
private struct CentralDirectory {
  let entryCount: Int
  let bounds: Range<Int>

  private static let endSize = 22
  /// The number of bytes after the archive, such as padding, in which its end is searched.
  private static let largestPadding = 1 << 20

  /// Reads the end record (APPNOTE 4.3.16), and the ZIP64 end record if there is one.
  init(_ file: MappedFile) throws(CheckpointError) {
    guard let end = Self.endRecord(file) else {
      throw file.badData(
        nil,
        "is a zip archive whose end is missing after \(file.count) bytes; \(Remedy.fetchAgain)")
    }
    try self.init(file, end: end)
  }

  private init(_ file: MappedFile, end: Int) throws(CheckpointError) {
    var reader = ByteReader(file, end..<file.count)
    _ = try reader.take(10)
    var entryCount = Int(try reader.integer(UInt16.self))
    var size = Int(try reader.integer(UInt32.self))
    var start = Int(try reader.integer(UInt32.self))
    if file.has([0x50, 0x4b, 0x06, 0x07], at: end - 20) {
      (entryCount, size, start) = try Self.wideEnd(file, locator: end - 20)
    }
    guard start <= end, size <= end - start else {
      throw file.badData(
        "central directory",
        "\(size) bytes from byte \(start) on do not fit before byte \(end); \(Remedy.fetchAgain)")
    }
    self.entryCount = entryCount
    bounds = start..<start + size
  }

  /// Finds the end record. It is followed by a comment of a given length, and perhaps by padding.
  ///
  /// A comment may look like an end record, so a record whose comment ends with the file has
  /// precedence.
  private static func endRecord(_ file: MappedFile) -> Int? {
    let last = file.count - endSize
    guard last >= 0 else { return nil }
    var padded: Int?
    for offset in stride(from: last, through: max(0, last - largestPadding), by: -1)
    where file.has([0x50, 0x4b, 0x05, 0x06], at: offset) {
      let field = file.bytes(offset + 20..<offset + 22).loadUnaligned(as: UInt16.self)
      let comment = Int(UInt16(littleEndian: field))
      if comment == last - offset { return offset }
      if comment < last - offset { padded = padded ?? offset }
    }
    return padded
  }

  /// The ZIP64 end record (APPNOTE 4.3.14), found through its locator (4.3.15).
  private static func wideEnd(
    _ file: MappedFile, locator: Int
  ) throws(CheckpointError) -> (entryCount: Int, size: Int, start: Int) {
    var reader = ByteReader(file, locator..<locator + 20)
    _ = try reader.take(8)
    let end = try reader.length64()
    guard end <= locator, file.has([0x50, 0x4b, 0x06, 0x06], at: end) else {
      throw file.badData(
        "byte \(locator)", "no ZIP64 end record is at byte \(end); \(Remedy.fetchAgain)")
    }
    reader = ByteReader(file, end..<locator)
    _ = try reader.take(32)
    return (try reader.length64(), try reader.length64(), try reader.length64())
  }
}
