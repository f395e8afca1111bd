import CPNG
import Foundation

extension RGBImage {
  /// The kind of a picture, which decides how it is compressed.
  package enum Content {
    /// Pixels rarely repeat, as in photographs and generated images.
    case photograph
    /// Many pixels repeat, as in a sheet with text on a uniform background.
    case drawing
  }

  /// Returns the picture as a PNG file. The same arguments give the same bytes.
  ///
  /// - Parameters:
  ///   - text: keyword and text of each text chunk, in order. A keyword is 1 to 79 printable ASCII
  ///     characters, without leading, trailing or consecutive spaces (PNG specification, 11.3.4.2).
  ///   - content: the kind of the picture. It does not affect the pixels in the file.
  ///   - isGrayscale: whether the file holds the picture's luma as 8-bit grey instead of RGB.
  /// - Throws: `OutputError.unencodable`, also if a side is 0 or greater than 16384.
  package func pngData(
    text: [(String, String)] = [], content: Content = .photograph, isGrayscale: Bool = false
  ) throws -> Data {
    guard (1...Int(CPNG_MAX_SIDE)).contains(width), (1...Int(CPNG_MAX_SIDE)).contains(height) else {
      throw OutputError.unencodable(
        reason: "\(width)×\(height) pixels; each side must be 1 to \(CPNG_MAX_SIDE)")
    }
    var texts = try Self.packedTexts(text)
    var source = isGrayscale ? luma : pixels
    var error = cpng_error()
    var bytes: UnsafeMutablePointer<UInt8>?
    var size = 0
    let done = source.withUnsafeMutableBufferPointer { pixels in
      texts.withUnsafeMutableBufferPointer { texts in
        var image = cpng_image(
          width: UInt32(width), height: UInt32(height), channels: isGrayscale ? 1 : 3,
          pixels: pixels.baseAddress, texts: texts.baseAddress, text_count: text.count,
          texts_size: texts.count)
        return cpng_encode(
          &image, content == .photograph ? CPNG_PHOTOGRAPH : CPNG_DRAWING, &bytes, &size, &error)
      }
    }
    guard done == 1, let bytes else { throw OutputError.unencodable(reason: error.text) }
    return Data(bytesNoCopy: bytes, count: size, deallocator: .free)
  }

  /// The largest size in bytes of a PNG file from another program that is read.
  static let largestFile = 1 << 28

  /// Reads the pixels and text chunks of a PNG file. Grey becomes RGB with three equal bytes.
  ///
  /// - Throws: `OutputError.unreadableImage` unless it is a complete, undamaged 8-bit RGB or grey
  ///   PNG with sides up to 16384.
  package static func decode(
    png: Data
  ) throws(OutputError) -> (image: RGBImage, text: [(String, String)]) {
    try decode(png, CPNG_ENCODED_HERE)
  }

  /// Reads the pixels of a PNG file of any kind. Samples are scaled to 8 bits, and transparency is
  /// dropped.
  ///
  /// - Throws: `OutputError.unreadableImage` unless the file is complete and undamaged, with sides
  ///   up to 16384.
  package static func decode(anyPNG png: Data) throws(OutputError) -> RGBImage {
    try decode(png, CPNG_ANY).image
  }

  private static func decode(
    _ png: Data, _ origin: cpng_origin
  ) throws(OutputError) -> (image: RGBImage, text: [(String, String)]) {
    var image = cpng_image()
    var error = cpng_error()
    let done = png.withUnsafeBytes { bytes in
      cpng_decode(bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, origin, &image, &error)
    }
    guard done == 1 else {
      throw OutputError.unreadableImage(path: nil, reason: error.text)
    }
    defer { cpng_free_image(&image) }
    let (width, height) = (Int(image.width), Int(image.height))
    let bytes = UnsafeBufferPointer(
      start: image.pixels, count: width * height * Int(image.channels))
    return (
      image.channels == 1
        ? RGBImage(width: width, height: height, greys: bytes)
        : RGBImage(width: width, height: height, pixels: Array(bytes)),
      unpackedTexts(UnsafeBufferPointer(start: image.texts, count: image.texts_size))
    )
  }

  private static func packedTexts(_ text: [(String, String)]) throws -> [CChar] {
    var packed: [CChar] = []
    for (keyword, value) in text {
      guard isKeyword(keyword), !value.utf8.contains(0) else {
        throw OutputError.unencodable(
          reason: "the text “\(keyword)” has characters that PNG does not allow")
      }
      packed += keyword.utf8CString
      packed += value.utf8CString
    }
    return packed
  }

  private static func isKeyword(_ keyword: String) -> Bool {
    (1...79).contains(keyword.utf8.count) && keyword.utf8.allSatisfy { (32...126).contains($0) }
      && !keyword.hasPrefix(" ") && !keyword.hasSuffix(" ") && !keyword.contains("  ")
  }

  private static func unpackedTexts(_ packed: UnsafeBufferPointer<CChar>) -> [(String, String)] {
    let strings = packed.split(separator: 0, omittingEmptySubsequences: false)
      .map { String(decoding: $0.map(UInt8.init(bitPattern:)), as: UTF8.self) }
    return stride(from: 0, to: strings.count - 1, by: 2).map { (strings[$0], strings[$0 + 1]) }
  }
}

extension cpng_error {
  /// The message from libpng.
  fileprivate var text: String {
    withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
