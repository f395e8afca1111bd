/// The header of a file in a tar archive, in the ustar format of POSIX.1-1988. Only the name and
/// the size vary, so that the bytes of an archive depend only on its files.
enum TarHeader {
  static let blockSize = 512
  /// Two blocks of zeros.
  static let endSize = 2 * blockSize

  /// - Precondition: the name has at most 100 bytes, and the size is less than 8 GiB.
  static func bytes(name: String, size: Int) -> [UInt8] {
    precondition(name.utf8.count <= 100 && (0..<1 << 33).contains(size), "not for ustar")
    var header = [UInt8](repeating: 0, count: blockSize)
    func put(_ text: String, at offset: Int) {
      header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    put(name, at: 0)
    put("0000644", at: 100)
    put("0000000", at: 108)
    put("0000000", at: 116)
    put(octal(size, digits: 11), at: 124)
    put("00000000000", at: 136)
    put("        ", at: 148)
    put("0", at: 156)
    put("ustar", at: 257)
    put("00", at: 263)
    // The sum of all bytes, with spaces in the field of the sum.
    let sum = header.reduce(0) { $0 + Int($1) }
    put(octal(sum, digits: 6) + "\0 ", at: 148)
    return header
  }

  /// Returns the name and size in a header that `bytes` returned, or `nil` for any other header.
  static func parse(_ header: [UInt8]) -> (name: String, size: Int)? {
    guard header.count == blockSize else { return nil }
    let name = String(decoding: header[..<100].prefix { $0 != 0 }, as: UTF8.self)
    var size = 0
    for digit in header[124..<135] {
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else { return nil }
      size = size * 8 + Int(digit - UInt8(ascii: "0"))
    }
    guard name.utf8.count <= 100, bytes(name: name, size: size) == header else { return nil }
    return (name, size)
  }

  /// Returns a size rounded up to complete blocks.
  static func padded(_ size: Int) -> Int {
    (size + blockSize - 1) / blockSize * blockSize
  }

  private static func octal(_ number: Int, digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: digits - text.count) + text
  }
}
