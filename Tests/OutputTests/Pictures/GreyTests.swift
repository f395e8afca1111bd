import Foundation
import Output
import TestSupport
import Testing

@Suite("Grey PNG files")
struct GreyTests {
  /// The colours of scripts/make-png-fixture.py, in one row.
  private static let colors: RGBImage = {
    var pixels = (0..<183).map {
      $0 % 5 == 0 ? 255 : UInt8(truncatingIfNeeded: $0 * $0 * 37 + 11 * $0)
    }
    pixels += [0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255]
    return RGBImage(width: pixels.count / 3, height: 1, pixels: pixels)
  }()

  @Test
  func `a grey file has the same greys as Pillow in one channel`() throws {
    // The output of scripts/make-png-fixture.py.
    let pillow =
      "7c876eb9c8c2e0c5c38d79ac90d25bce3518e47e93a98dae605f8f75c94dc8321be88da2c1aebe8e84c2b5e5996c"
      + "8079a744f19347d616ca624fbdd5c700ff4c961d"
    let png = try Self.colors.pngData(isGrayscale: true)
    let header = try #require(PNGChunk.all(in: png)?.first)
    #expect(Array(header.data.suffix(5)) == [8, 0, 0, 0, 0])
    let greys = try RGBImage.decode(png: png).image.pixels
    let text = stride(from: 0, to: greys.count, by: 3).map { String(format: "%02x", greys[$0]) }
    #expect(text.joined() == pillow)
  }

  @Test(arguments: [(1, 1), (33, 17), (256, 256)])
  func `a grey file is read back as equal red, green and blue, with its text`(
    width: Int, height: Int
  ) throws {
    let text = [("label", "3"), ("class", "Größe")]
    let png = try RGBImage.pattern(width: width, height: height)
      .pngData(text: text, isGrayscale: true)
    let decoded = try RGBImage.decode(png: png)
    #expect(decoded.text.map(\.0) == text.map(\.0) && decoded.text.map(\.1) == text.map(\.1))
    let grey = decoded.image
    #expect(grey.width == width && grey.height == height)
    #expect(grey.pixels.indices.allSatisfy { grey.pixels[$0] == grey.pixels[$0 / 3 * 3] })
    #expect(try grey.pngData(text: text, isGrayscale: true) == png)
  }

  @Test
  func `a grey file truncated anywhere or with a changed byte is refused`() throws {
    let bytes = try [UInt8](RGBImage.pattern(width: 5, height: 3).pngData(isGrayscale: true))
    for place in bytes.indices {
      var damaged = bytes
      damaged[place] ^= 0x41
      for png in [Data(damaged), Data(bytes[..<place])] {
        #expect(throws: OutputError.self, "byte \(place)") { try RGBImage.decode(png: png) }
      }
    }
  }

  @Test
  func `RGB bytes under a grey header, and grey bytes under an RGB header, are refused`() throws {
    for isGrayscale in [false, true] {
      var bytes = try [UInt8](
        RGBImage.pattern(width: 5, height: 3).pngData(isGrayscale: isGrayscale))
      bytes[25] = isGrayscale ? 2 : 0
      let checksum = PNGChunk.checksum(bytes[12..<29])
      bytes.replaceSubrange(29..<33, with: withUnsafeBytes(of: checksum.bigEndian, Array.init))
      #expect(throws: OutputError.self) { try RGBImage.decode(png: Data(bytes)) }
    }
  }
}
