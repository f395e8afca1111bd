/// A size in bytes as written by people, such as `20G`, `512M` or `1.5T`, in powers of 1024 as in
/// `du -h`.
package struct CacheSize: Equatable, Sendable {
  package let bytes: Int

  /// - Returns: `nil` if the text is not a size, or is zero or negative.
  package init?(_ text: String) {
    var digits = text.uppercased()[...]
    for ending in ["IB", "B"] where digits.hasSuffix(ending) {
      digits = digits.dropLast(ending.count)
      break
    }
    let shift = digits.last.flatMap { Self.shifts[$0] }
    if shift != nil { digits = digits.dropLast() }
    guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
      let number = Double(digits), number > 0
    else { return nil }
    let bytes = number * Double(1 << (shift ?? 0))
    guard bytes >= 1, bytes < 0x1p62 else { return nil }
    self.bytes = Int(bytes)
  }

  private static let shifts: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
}
