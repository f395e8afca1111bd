import Checkpoint
import Foundation
import TestSupport
import Testing

@Suite("Checksums of archives")
struct DigestTests {
  static let original = Fixtures.bytes("module-zip.pt")

  private func hash(_ bytes: [UInt8]) throws -> String {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "file.pt")
    try Data(bytes).write(to: file)
    return try MappedFile(file.path).sha256()
  }

  /// The names of the entries and the ranges of their contents.
  static let entries: [(name: String, contents: Range<Int>)] = {
    var entries: [(String, Range<Int>)] = []
    var start = 0
    while original[start..<start + 4].elementsEqual(ZipArchiveTests.local) {
      let field = { (offset: Int, size: Int) in
        original[start + offset..<start + offset + size].reversed().reduce(0) { $0 << 8 | Int($1) }
      }
      let name = start + 30..<start + 30 + field(26, 2)
      let contents = name.upperBound + field(28, 2)
      // PyTorch writes the sizes into a descriptor after the contents.
      let end = ZipArchiveTests.find([0x50, 0x4b, 7, 8], in: original, from: contents)
      entries.append((String(decoding: original[name], as: UTF8.self), contents..<end))
      start = [16, 24].map { end + $0 }.first {
        original[$0..<$0 + 2].elementsEqual([0x50, 0x4b])
          && [1, 3, 6].contains(original[$0 + 2])
      }!
    }
    return entries
  }()

  @Test
  func `a changed byte in any entry is found, and the entry is named`() throws {
    #expect(Self.entries.count > 10)
    for entry in Self.entries where !entry.contents.isEmpty {
      for place in [entry.contents.lowerBound, entry.contents.upperBound - 1] {
        var file = Self.original
        file[place] ^= 0x10
        let error = try #require(throws: CheckpointError.self) { try hash(file) }
        #expect(error.description.contains("entry \(entry.name): "), "\(error)")
        #expect(error.description.contains("checksum"), "\(error)")
      }
    }
  }

  @Test
  func `entries without checksums are not compared`() throws {
    var file = Self.original
    var place = 0
    while place < file.count - 4 {
      if file[place..<place + 4].elementsEqual(ZipArchiveTests.entry) {
        file.replaceSubrange(place + 16..<place + 20, with: [0, 0, 0, 0])
      }
      place += 1
    }
    for entry in Self.entries.suffix(3) where !entry.contents.isEmpty {
      file[entry.contents.lowerBound] ^= 1
    }
    #expect(try hash(file).count == 64)
  }

  @Test(arguments: ["compressed.pt", "zip64.pt", "types.safetensors", "views-legacy.pt"])
  func `intact files, even compressed, padded or commented, have the hash of Python's hashlib`(
    _ name: String
  ) throws {
    #expect(try hash(Fixtures.bytes(name)).count == 64)
    #expect(try hash(Self.original + [UInt8](repeating: 0, count: 5000)).count == 64)
  }

  @Test
  func `overlapping entries are refused`() throws {
    // The central directory gives the second entry the position of the first.
    var file = Self.original
    let first = ZipArchiveTests.find(ZipArchiveTests.entry, in: file)
    let second = ZipArchiveTests.find(ZipArchiveTests.entry, in: file, from: first + 4)
    for offset in [16..<28, 42..<46] {
      file.replaceSubrange(
        second + offset.lowerBound..<second + offset.upperBound,
        with: file[first + offset.lowerBound..<first + offset.upperBound])
    }
    let error = try #require(throws: CheckpointError.self) { try hash(file) }
    #expect(error.description.contains("overlaps"), "\(error)")
  }
}
