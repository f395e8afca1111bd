import Foundation

/// GNU Unifont, black and white: a table of 33 bytes for each code point from 0 on. The first is the
/// number of cells that the character takes, 0 where there is none; the others are 16 rows of one or
/// two bytes, the highest bit leftmost.
struct Unifont: Sendable {
  static let height = 16
  private static let size = 33

  struct Glyph {
    /// 1, or 2 for wide characters such as Chinese ones.
    let cells: Int
    fileprivate let rows: Data

    /// In pixels.
    var width: Int { 8 * cells }

    /// The black ones.
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

  /// The glyph of a character; nil where the font has none.
  subscript(scalar: Unicode.Scalar) -> Glyph? {
    let start = Int(scalar.value) * Self.size
    guard start + Self.size <= table.count, (1...2).contains(table[start]) else { return nil }
    let cells = Int(table[start])
    return Glyph(cells: cells, rows: table[start + 1..<start + 1 + cells * Self.height])
  }
}
