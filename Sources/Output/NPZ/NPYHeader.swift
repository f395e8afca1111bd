/// What comes before the numbers of a `.npy` file of version 1.0 (NEP 1), byte for byte as
/// `numpy.save` writes it.
enum NPYHeader {
  /// Room that numpy leaves for the first side of the shape to grow, in digits.
  private static let growth = 21
  private static let alignment = 64

  /// - Parameters:
  ///   - type: `|u1` for bytes, `<i8` for 64-bit integers.
  ///   - shape: the first side outermost; at least one.
  static func bytes(type: String, shape: [Int]) -> [UInt8] {
    let sides = shape.map(String.init)
    let tuple = sides.count == 1 ? "(\(sides[0]),)" : "(\(sides.joined(separator: ", ")))"
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(tuple), }"
    text += String(repeating: " ", count: growth - sides[0].count)
    let magic = [0x93] + Array("NUMPY".utf8) + [1, 0]
    // Magic, two bytes of the text's length, text and a newline fill whole blocks.
    let unpadded = magic.count + 2 + text.utf8.count + 1
    text += String(
      repeating: " ", count: (alignment - unpadded % alignment) % alignment)
    text += "\n"
    let length = text.utf8.count
    return magic + [UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
  }
}
