import Foundation

/// GNU Unifont, in black and white: a table with 33 bytes for each code point from 0 on. The first
/// byte is the number of cells that the character occupies, or 0 if there is no glyph. The others
/// are 16 rows of one or two bytes, with the leftmost pixel in the highest bit.
struct Unifont: Sendable {
  static let height = 16
  private static let size = 33

  struct Glyph {
    /// 1, or 2 for wide characters such as Chinese ones.
    let cells: Int
    fileprivate let rows: Data

    /// The width in pixels.
    var width: Int { 8 * cells }

    /// The positions of the black pixels.
    var pixels: [(row: Int, column: Int)] {
      rows.enumerated().flatMap { place, byte in
        (0..<8).filter { byte & (0x80 >> UInt8($0)) != 0 }.map { bit in
          (row: place / cells, column: place % cells * 8 + bit)
        }
      }
    }
  }

  private let table: Data

  init?(_ file: URL) {
    guard let table = try? Data(contentsOf: file, options: .alwaysMapped) else { return nil }
    self.table = table
  }

  /// Returns the glyph of a character, or `nil` if the font has none.
  subscript(scalar: Unicode.Scalar) -> Glyph? {
    let start = Int(scalar.value) * Self.size
    guard start + Self.size <= table.count, (1...2).contains(table[start]) else { return nil }
    let cells = Int(table[start])
    return Glyph(cells: cells, rows: table[start + 1..<start + 1 + cells * Self.height])
  }
}
