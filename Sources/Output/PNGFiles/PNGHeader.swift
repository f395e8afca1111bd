/// The beginning of a PNG file: signature and IHDR chunk (PNG specification, 5.2 and 11.2.2).
enum PNGHeader {
  /// The number of bytes up to the height.
  static let size = 24

  /// Returns the size of the image, or `nil` if the bytes do not begin a PNG file.
  static func imageSize(_ bytes: some Collection<UInt8>) -> ImageSize? {
    let header = Array(bytes.prefix(size))
    guard header.count == size, header.starts(with: PNGEnds.signature),
      header[12..<16].elementsEqual("IHDR".utf8)
    else { return nil }
    let sides = [16, 20].map { header[$0..<$0 + 4].reduce(0) { $0 << 8 | Int($1) } }
    return ImageSize(width: sides[0], height: sides[1])
  }
}
