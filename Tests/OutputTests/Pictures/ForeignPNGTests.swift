import Foundation
import Output
import Testing

@Suite("PNG files of other programs")
struct ForeignPNGTests {
  @Test(arguments: Fixtures.colored)
  func `colours are read from any kind of PNG`(kind: String, base64: String) throws {
    #expect(try Self.pixels(base64) == Fixtures.bytes(hexadecimal: Fixtures.colors))
  }

  @Test(arguments: Fixtures.grey)
  func `greys are read from any kind of PNG`(kind: String, base64: String) throws {
    let greys = Fixtures.bytes(hexadecimal: Fixtures.greys)
    #expect(try Self.pixels(base64) == greys.flatMap { [$0, $0, $0] })
  }

  @Test(arguments: Fixtures.colored + Fixtures.grey)
  func `a damaged or truncated file is refused`(kind: String, base64: String) throws {
    let bytes = try [UInt8](#require(Data(base64Encoded: base64)))
    for end in 0..<bytes.count {
      #expect(throws: OutputError.self, "cut at \(end)") {
        try RGBImage.decode(anyPNG: Data(bytes[..<end]))
      }
    }
    let data = try #require(Data(bytes).firstRange(of: Data("IDAT".utf8)))
    var damaged = bytes
    damaged[data.upperBound + 3] ^= 0x41
    #expect(throws: OutputError.self) { try RGBImage.decode(anyPNG: Data(damaged)) }
  }

  @Test
  func `a header with more pixels than the file can contain is refused`() throws {
    let png = try HostilePNGTests.small(header: [0, 0, 0x40, 0, 0, 0, 0x40, 0], at: 0)
    #expect {
      try RGBImage.decode(anyPNG: png)
    } throws: { error in
      "\(error)".contains("too short")
    }
  }

  private static func pixels(_ base64: String) throws -> [UInt8] {
    let image = try RGBImage.decode(anyPNG: #require(Data(base64Encoded: base64)))
    #expect(image.width == 5 && image.height == 3)
    return image.pixels
  }
}

/// The output of scripts/make-foreign-png-fixture.py.
private enum Fixtures {
  static let colors =
    "0703002f03095703127f031ba703240753092f531257531b7f5324a7532d07a3122fa31b57a3247fa32d"
    + "a7a336"
  static let greys = "00112233445566778899aabbccddee"

  static let colored = [
    (
      "palette",
      "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADBAMAAACpGNjLAAAALVBMVEWnozZ/oy1XoySnUy1/UyRXUxsv"
        + "oxsHoxIvUxIHUwmnAyR/AxtXAxIvAwkHAwAAMvgxAAAAFUlEQVR4nGN8e+8qy+o9d1junb0PAC0UB3d4"
        + "dFQlAAAAAElFTkSuQmCC"
    ),
    (
      "RGBA",
      "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAYAAABbNsX4AAAAH0lEQVR4nGNkZ2Zg0GDgFETGLAwBnKEM"
        + "DJyCyBirIABtowNIce93pwAAAABJRU5ErkJggg=="
    ),
    (
      "16-bit RGB",
      "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADEAIAAACExI7sAAAAZklEQVR4nA3JoQ3AIBAAQJIXnwaFRqIb"
        + "VCd5wQgvGmb4GRpWeIHCvsAwQ1dgkfbsObyBncsN+KhlAochGzhK98BpObzJjpobWRhlkkWRTZZW92Tn"
        + "87diGLkpRilTMS3ZiufTveL1fq0GIdD/mt2pAAAAAElFTkSuQmCC"
    ),
    (
      "interlaced RGB",
      "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAAGjU2I5AAAAOklEQVR4nAXBoQ0AMAgEwE8QpBaLxTa4"
        + "LvKCcRgGwZq9gwqwEigx6FhN7DyknBZHjvdcKE/Sit6M5f0JSwuMQ/5pgAAAAABJRU5ErkJggg=="
    ),
  ]

  static let grey = [
    (
      "grey and alpha",
      "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAQAAADxPw1zAAAAE0lEQVR4nGNk8BVkgECWUAYsTAAhJAHN"
        + "q/KGtAAAAABJRU5ErkJggg=="
    ),
    (
      "16-bit grey",
      "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADEAAAAAAuzUZnAAAAKklEQVR4nGNgYBAsVdxnPN35AUPozjSm"
        + "8tsdKjP/Mqxy2yN/JuOe47suAMLqDfMOMwS+AAAAAElFTkSuQmCC"
    ),
    (
      "4-bit grey",
      "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADBAAAAAC7rXclAAAAFElEQVR4nGNgVHZgCKuYwLD67AMAECoE"
        + "G/Wcx0kAAAAASUVORK5CYII="
    ),
  ]

  static func bytes(hexadecimal text: String) -> [UInt8] {
    let digits = text.map { UInt8($0.hexDigitValue ?? 0) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
