import Checkpoint
import Testing

@Suite("Zip archives")
struct ZipArchiveTests {
  static let original = Fixtures.bytes("module-zip.pt")

  /// Returns the first position at or after `start` at which `bytes` has the four bytes of
  /// `signature`.
  static func find(_ signature: [UInt8], in bytes: [UInt8], from start: Int = 0) -> Int {
    (start...bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == signature }!
  }

  /// Returns the archive with `value` written at `offset` from a record of the central directory.
  static func patched<T: FixedWidthInteger>(
    _ record: [UInt8], _ offset: Int, _ value: T, in bytes: [UInt8] = original
  ) -> [UInt8] {
    var bytes = bytes
    let position = find(record, in: bytes) + offset
    bytes.replaceSubrange(
      position..<position + value.littleEndianBytes.count, with: value.littleEndianBytes)
    return bytes
  }

  static let entry: [UInt8] = [0x50, 0x4b, 1, 2]
  static let local: [UInt8] = [0x50, 0x4b, 3, 4]
  static let end: [UInt8] = [0x50, 0x4b, 5, 6]
  static let wideEnd: [UInt8] = [0x50, 0x4b, 6, 6]
  static let wideLocator: [UInt8] = [0x50, 0x4b, 6, 7]
  static let wide = Fixtures.bytes("zip64.pt")
  /// An archive without ZIP64 records, which PyTorch always writes.
  static let narrow = Fixtures.bytes("compressed.pt")

  /// Returns the archive with `size` as both sizes of the first entry.
  static func resized(_ size: UInt32) -> [UInt8] {
    patched(entry, 24, size, in: patched(entry, 20, size))
  }

  static let lies: [RefusedFile] = [
    .init(resized(1 << 30), "do not fit into a file"),
    .init(resized(.max), "64-bit size is missing"),
    .init(patched(entry, 24, 5 as UInt32), "two sizes"),
    .init(patched(entry, 42, UInt32(1) << 31), "do not fit into a file"),
    .init(patched(entry, 42, 7 as UInt32), "local header"),
    .init(patched(entry, 28, UInt16.max), "bytes should follow"),
    .init(patched(entry, 8, 1 as UInt16), "compressed or encrypted"),
    .init(patched(entry, 10, 8 as UInt16), "compressed or encrypted"),
    .init(patched(local, 28, UInt16.max), "bytes should follow"),
    .init(patched(end, 10, UInt16.max, in: narrow), "bytes should follow"),
    .init(patched(end, 12, UInt32.max, in: narrow), "do not fit before"),
    .init(patched(end, 16, UInt32.max, in: narrow), "do not fit before"),
    .init(patched(end, 20, UInt16.max), "whose end is missing"),
    .init(patched(wideEnd, 32, UInt64.max, in: wide), "impossible"),
    .init(patched(wideEnd, 32, UInt64(1) << 50, in: wide), "more than any model's"),
    .init(patched(wideEnd, 40, UInt64(Int.max), in: wide), "do not fit before"),
    .init(patched(wideEnd, 48, UInt64(Int.max), in: wide), "do not fit before"),
    .init(patched(wideLocator, 8, UInt64(Int.max), in: wide), "no ZIP64 end record"),
    .init(Fixtures.bytes("compressed.pt"), "zip -0"),
  ]

  @Test(arguments: lies)
  func `a false central directory is refused`(_ file: RefusedFile) throws {
    try file.expectRefusal()
  }

  @Test
  func `a ZIP64 entry whose offset is beyond all files is refused`() throws {
    let entry = Self.find(Self.entry, in: Self.wide)
    // The ZIP64 record follows the fixed part and the name: tag, length, two sizes, offset.
    let nameLength = Int(Self.wide[entry + 28])
    let offset = entry + 46 + nameLength + 4 + 16
    for value in [UInt64.max, UInt64(Int.max), 1 << 40] {
      var file = Self.wide
      file.replaceSubrange(offset..<offset + 8, with: value.littleEndianBytes)
      #expect(try refusal(file) != nil)
    }
  }

  /// Returns the archive with the entry `old` renamed in the central directory.
  static func renamed(_ old: String, _ new: String) -> [UInt8] {
    let name = Array(old.utf8)
    let start = original.indices.last { original[$0...].starts(with: name) }!
    return original[..<start] + Array(new.utf8) + original[(start + name.count)...]
  }

  static let misnamed: [RefusedFile] = [
    .init(renamed("module-zip/data/1", "module-zip/data/0"), "is in the archive twice"),
    .init(renamed("module-zip/data/1", "module-zip/data/x"), "its storage 1 is missing"),
    .init(renamed("module-zip/data/1", "module-zip/data/\n"), "its storage 1 is missing"),
    .init(renamed("module-zip/data.pkl", "module-zip/data.pk1"), "it has no data.pkl"),
    .init(renamed("module-zip/data.pkl", "module-z/data.pkl!!"), "it has no data.pkl"),
    .init(renamed("module-zip/data/1", "mod/constants.pkl"), "TorchScript"),
    .init(renamed("module-zip/data.pkl", "module-zip/data.npy"), "NumPy"),
    .init(renamed("module-zip/data.pkl", "modules/.weights.h5"), "Keras"),
  ]

  @Test(arguments: misnamed)
  func `an archive whose entries are not those of a checkpoint is refused`(_ file: RefusedFile)
    throws
  {
    try file.expectRefusal()
  }

  @Test
  func `an archive whose numbers are big-endian is refused`() throws {
    var file = Self.original
    let little = (0..<file.count - 6).first { Array(file[$0..<$0 + 6]) == Array("little".utf8) }
    let start = try #require(little)
    file.replaceSubrange(start..<start + 6, with: Array("bigbig".utf8))
    #expect(try #require(try refusal(file)).contains("big-endian"))
  }

  @Test(arguments: [1, 100, 4096, 65_500])
  func `bytes after the archive are allowed, as in PyTorch`(_ count: Int) throws {
    let file = Self.original + [UInt8](repeating: 0, count: count)
    #expect(try open(file).count == (try open(Self.original)).count)
  }

  @Test
  func `a comment after the archive is allowed`() throws {
    let text = Array("PK\u{5}\u{6} not the end".utf8)
    let file = Self.patched(Self.end, 20, UInt16(text.count)) + text
    #expect(try open(file).count == (try open(Self.original)).count)
  }
}
