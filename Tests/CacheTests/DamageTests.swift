import Cache
import Foundation
import TestSupport
import Testing

/// Files that this program did not write in this form.
@Suite struct DamageTests {
  /// Packs, lets `body` change the file, and expects correct constants nevertheless.
  private func expectRight(
    isPackedAnew: Bool? = true, _ body: (String) throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let cache = try TestCache()
    _ = try cache.made()
    // The clock that stamps files may tick slowly, so this makes the change visible.
    usleep(20_000)
    try body(cache.weights)
    let made = try cache.made()
    if let isPackedAnew {
      #expect(made == (isPackedAnew ? all : []), sourceLocation: sourceLocation)
    }
    #expect(try cache.made() == [], sourceLocation: sourceLocation)
    #expect(cache.warnings.isEmpty, "\(cache.notes)", sourceLocation: sourceLocation)
  }

  private func change(_ path: String, _ body: (inout Data) -> Void) throws {
    var data = try Data(contentsOf: URL(filePath: path))
    body(&data)
    // Written in place, as by a damaged disk, so that the inode stays the same.
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.truncate(atOffset: 0)
    try file.write(contentsOf: data)
    try file.close()
  }

  @Test(arguments: [0.0, 0.0001, 0.01, 0.5, 0.9, 0.999, 0.999999])
  func `a truncated file is packed again`(share: Double) throws {
    try expectRight { try change($0) { $0 = $0.prefix(Int(Double($0.count) * share)) } }
  }

  @Test
  func `a file with bytes after its end is packed again`() throws {
    try expectRight { try change($0) { $0.append(0) } }
  }

  @Test(arguments: [1, 63, 64, 1_000_000])
  func `a file of garbage is packed again`(count: Int) throws {
    try expectRight { try change($0) { $0 = Data(repeating: 0xA5, count: count) } }
  }

  @Test
  func `a file of zeros of the right length is packed again`() throws {
    try expectRight { try change($0) { $0 = Data(count: $0.count) } }
  }

  @Test
  func `a flipped bit anywhere is harmless`() throws {
    let cache = try TestCache()
    _ = try cache.made()
    let size = try Data(contentsOf: URL(filePath: cache.weights)).count
    var generator = SeededGenerator(ofTest: "a flipped bit")
    let places =
      Array(0..<64) + (0..<60).map { _ in Int.random(in: 64..<size, using: &generator) }
      + [size - 1]
    for place in places {
      usleep(20_000)
      let bit = UInt8.random(in: 0..<8, using: &generator)
      try change(cache.weights) { $0[place] ^= 1 << bit }
      // Bytes between two constants do not matter.
      let made = try? cache.made()
      #expect(
        made == [] || made == all,
        "byte \(place) of \(size): \(String(describing: made)) \(cache.notes.count)")
    }
  }

  @Test(arguments: [2, 3, 6, 8])
  func `a flip of any bit in a constant is detected`(index: Int) throws {
    let (cache, sample) = (try TestCache(), Sample())
    _ = try cache.made()
    let bytes = Data((0..<Sample.sizes[index]).map { sample.byte(index, $0) })
    // In the first rows of eight words that the checksum adds up, and in the last bytes.
    for place in [0, 7, 63, 64 + 7, bytes.count - 1] {
      for bit in [0, 6, 7] {
        usleep(20_000)
        try change(cache.weights) { data in
          data[data.range(of: bytes)!.lowerBound + place] ^= 1 << UInt8(bit)
        }
        #expect(try cache.made() == all, "bit \(bit) of byte \(place)")
      }
    }
  }

  struct Edit: Sendable, CustomTestStringConvertible {
    let from: String
    let to: String
    var testDescription: String { "\(from) → \(to)" }
  }

  /// Changes one value in the table of contents, and adapts the header to it.
  @Test(arguments: [
    Edit(from: #""offset":64"#, to: #""offset":65"#),
    Edit(from: #""offset":64"#, to: #""offset":-64"#),
    Edit(from: #""offset":64"#, to: #""offset":0"#),
    Edit(from: #""offset":64"#, to: #""offset":9223372036854775744"#),
    Edit(from: #""offset":64"#, to: #""offset":9223372036854775808"#),
    Edit(from: #""byteCount":300000"#, to: #""byteCount":9223372036854775807"#),
    Edit(from: #""byteCount":300000"#, to: #""byteCount":-1"#),
    Edit(from: #""byteCount":300000"#, to: #""byteCount":400000"#),
    Edit(from: #""threads":2"#, to: #""threads":3"#),
    Edit(from: #""blocks":["#, to: #""block":["#),
    Edit(from: #""blocks":["#, to: #""blocks":[[["#),
    Edit(from: "{", to: ""),
  ])
  func `a false table of contents is detected`(edit: Edit) throws {
    try expectRight { path in
      try change(path) { data in
        let first = data.loadLittleEndian(at: 8)
        var json = String(decoding: data[first...], as: UTF8.self)
        let place = json.range(of: edit.from)!
        json.replaceSubrange(place, with: edit.to)
        data = data.prefix(first) + Data(json.utf8)
        data.replaceSubrange(0..<64, with: PackedFile.header(contents: Data(json.utf8), at: first))
      }
    }
  }

  @Test(
    arguments: [8, 16],
    [0, 1, 63, 64, 1 << 20, 1 << 40, UInt64(Int64.max), .max, .max - 63])
  func `a header with a wrong offset is detected`(field: Int, value: UInt64) throws {
    try expectRight { path in
      try change(path) { data in
        withUnsafeBytes(of: value.littleEndian) {
          data.replaceSubrange(field..<field + 8, with: $0)
        }
      }
    }
  }

  @Test
  func `a link is not followed`() throws {
    let folder = try TemporaryFolder()
    let target = folder.url.appending(path: "target").path
    try expectRight {
      try FileManager.default.moveItem(atPath: $0, toPath: target)
      try FileManager.default.createSymbolicLink(atPath: $0, withDestinationPath: target)
    }
    #expect(FileManager.default.fileExists(atPath: target))
  }

  @Test
  func `a file that others can write to is not used`() throws {
    try expectRight { chmod($0, 0o620) }
  }

  @Test(.enabled(if: geteuid() == 0))
  func `a file that others own is not used`() throws {
    try expectRight { chown($0, 12345, 12345) }
  }

  @Test
  func `a named pipe or a folder in place of the file blocks nobody`() throws {
    try expectRight {
      unlink($0)
      mkfifo($0, 0o600)
    }
  }
}

extension Data {
  fileprivate func loadLittleEndian(at offset: Int) -> Int {
    Int(subdata(in: offset..<offset + 8).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
  }
}
