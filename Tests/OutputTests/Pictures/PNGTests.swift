import Foundation
import Output
import TestSupport
import Testing

@Suite("PNG files")
struct PNGTests {
  static let text = [("label", "3"), ("seed", "4294967295"), ("class", "Größe 大"), ("note", "")]

  @Test(arguments: [(1, 1), (1, 7), (33, 17), (64, 64), (256, 256)])
  func `an image is read back with its pixels and text`(width: Int, height: Int) throws {
    let image = RGBImage.pattern(width: width, height: height)
    let decoded = try RGBImage.decode(png: image.pngData(text: Self.text))
    #expect(decoded.image == image)
    #expect(decoded.text.map(\.0) == Self.text.map(\.0))
    #expect(decoded.text.map(\.1) == Self.text.map(\.1))
  }

  @Test
  func `a file has intact chunks in the specification's order, without a time`() throws {
    let png = try RGBImage.pattern(width: 33, height: 17).pngData(text: Self.text)
    let chunks = try #require(PNGChunk.all(in: png))
    #expect(chunks.map(\.type) == ["IHDR", "tEXt", "tEXt", "iTXt", "tEXt", "IDAT", "IEND"])
    #expect(chunks.allSatisfy { $0.isIntact })
    #expect(chunks[0].data == [0, 0, 0, 33, 0, 0, 0, 17, 8, 2, 0, 0, 0])
    #expect(chunks[1].data == Array("label\u{0}3".utf8))
    #expect(chunks[3].data == Array("class\u{0}\u{0}\u{0}\u{0}\u{0}Größe 大".utf8))
  }

  @Test
  func `equal images give equal bytes`() throws {
    let files = try (0..<3).map { _ in
      try RGBImage.pattern(width: 64, height: 64).pngData(text: Self.text)
    }
    #expect(Set(files).count == 1)
  }

  @Test
  func `a drawing encoded as such gives a smaller file with the same pixels`() throws {
    var image = RGBImage(width: 256, height: 256, grey: 255)
    let ornament = RGBImage.pattern(width: 16, height: 16)
    for place in 0..<64 { image.paste(ornament, x: place % 8 * 32, y: place / 8 * 32) }
    let (photograph, drawing) = try (image.pngData(), image.pngData(content: .drawing))
    #expect(drawing.count < photograph.count)
    #expect(try RGBImage.decode(png: drawing).image == image)
    #expect(try RGBImage.decode(png: photograph).image == image)
  }

  @Test
  func `a file written by Pillow is read, including its text`() throws {
    // The output of scripts/make-png-fixture.py.
    let base64 =
      "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAAB3RFWHRsYWJlbAAzItaqXQAAABFpVFh0Y2xhc3MA"
      + "AAAAAEdyw7bDn2VLFku4AAAAGklEQVR4nGNkYOcTRQIsmZmZyHzGSzcfIPMBj5AG1sN2uO8AAAAASUVORK5CYII="
    let decoded = try RGBImage.decode(png: #require(Data(base64Encoded: base64)))
    let pixels = (0..<45).map { UInt8(truncatingIfNeeded: 7 * $0) }
    #expect(decoded.image == RGBImage(width: 5, height: 3, pixels: pixels))
    #expect(decoded.text.map(\.0) == ["label", "class"])
    #expect(decoded.text.map(\.1) == ["3", "Größe"])
  }

  @Test(arguments: [(0, 4), (16_385, 1)])
  func `an image without pixels or wider than 16384 is refused`(width: Int, height: Int) {
    #expect(throws: OutputError.self) {
      try RGBImage(width: width, height: height, grey: 0).pngData()
    }
  }

  @Test(arguments: [
    ("", "a"), (" label", "a"), ("label ", "a"), ("a  b", "a"), ("Größe", "a"),
    (String(repeating: "k", count: 80), "a"), ("label", "a\u{0}b"),
  ])
  func `text that PNG does not allow is refused, not changed`(keyword: String, value: String) {
    #expect(throws: OutputError.self) {
      try RGBImage(width: 1, height: 1, grey: 0).pngData(text: [(keyword, value)])
    }
  }
}

@Suite("hostile PNG files")
struct HostilePNGTests {
  static func small() throws -> [UInt8] {
    try [UInt8](RGBImage.pattern(width: 5, height: 3).pngData(text: [("label", "3"), ("n", "ö")]))
  }

  @Test
  func `a file truncated anywhere is refused`() throws {
    let bytes = try Self.small()
    for end in 0..<bytes.count {
      #expect(throws: OutputError.self, "cut at \(end)") {
        try RGBImage.decode(png: Data(bytes[..<end]))
      }
    }
  }

  @Test
  func `a file with any one byte changed is refused`() throws {
    let bytes = try Self.small()
    for place in bytes.indices {
      var damaged = bytes
      damaged[place] ^= 0x41
      #expect(throws: OutputError.self, "byte \(place)") {
        try RGBImage.decode(png: Data(damaged))
      }
    }
  }

  /// Returns a small file in which bytes of the header are replaced, with the matching checksum.
  /// `start` 0 is the first byte of the width.
  static func small(header: [UInt8], at start: Int) throws -> Data {
    var bytes = try small()
    bytes.replaceSubrange(16 + start..<16 + start + header.count, with: header)
    let checksum = PNGChunk.checksum(bytes[12..<29])
    bytes.replaceSubrange(29..<33, with: withUnsafeBytes(of: checksum.bigEndian, Array.init))
    return Data(bytes)
  }

  @Test
  func `a header with more pixels than the file can contain is refused`() throws {
    let png = try Self.small(header: [0, 0, 0x40, 0, 0, 0, 0x40, 0], at: 0)
    #expect {
      try RGBImage.decode(png: png)
    } throws: { error in
      "\(error)".contains("too short")
    }
  }

  @Test(arguments: [[0, 0, 0, 0], [0, 0, 0x40, 1], [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0, 0, 0]])
  func `sides of 0 and over 16384 are refused`(width: [UInt8]) throws {
    let png = try Self.small(header: width, at: 0)
    #expect(throws: OutputError.self) { try RGBImage.decode(png: png) }
  }

  @Test(arguments: [[16, 0, 0, 0, 0], [8, 6, 0, 0, 0], [16, 2, 0, 0, 0], [8, 2, 0, 0, 1]])
  func `16-bit grey, RGBA, 16-bit and interlaced PNGs are refused`(header: [UInt8]) throws {
    let png = try Self.small(header: header, at: 8)
    #expect {
      try RGBImage.decode(png: png)
    } throws: { error in
      "\(error)".contains("not an 8-bit RGB or grey image")
    }
  }
}
