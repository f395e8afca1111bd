import Job
import Output
import Testing

/// The text on a contact sheet. A cell of the font is 9 pixels wide, and the margin is 12.
@Suite("Class names on the contact sheet")
struct ContactSheetTitleTests {
  private static let side = 64

  private func sheet(_ name: String) -> RGBImage {
    let plan = ImagePlan(
      labels: .spread(over: NumberRanges(first: 1), .interleaved), seeds: NumberRanges(first: 1))
    return ContactSheet(catalog: .of(plan, classNames: [name]), imageSize: Self.side).draw {
      RGBImage.plain(side: Self.side, plan[$0]).thumbnail()
    }
  }

  /// Returns the grey values of the title's cells, column by column.
  private func cells(_ range: Range<Int>, of sheet: RGBImage) -> [[UInt8]] {
    (12 + 9 * range.lowerBound..<12 + 9 * range.upperBound).map { x in
      (0..<sheet.height).map { sheet.color(x: x, y: $0)[0] }
    }
  }

  @Test(arguments: [
    ("bag", 3), ("ñandú", 5), ("n\u{303}andu\u{301}", 5), ("Ελληνικά", 8), ("Кириллица", 9),
    ("猫", 2), ("カバン", 6), ("고양이", 6), ("עברית", 5), ("x\u{304}", 1), ("a\u{200D}b\u{FE0F}", 2),
    (String(repeating: "m", count: 24), 24), (String(repeating: "m", count: 25), 24),
    (String(repeating: "猫", count: 12), 24), (String(repeating: "猫", count: 5000), 24),
  ])
  func `a letter takes one cell, a wide letter two and a mark none, and long names are cut`(
    name: String, cells count: Int
  ) {
    let sheet = sheet(name)
    #expect(sheet.width == 12 + 9 * count + 12 + Self.side + 12)
    for cell in 0..<count where !name.hasPrefix("猫") && !name.hasPrefix("カ") {
      #expect(cells(cell..<cell + 1, of: sheet).joined().contains { $0 < 150 }, "\(cell)")
    }
  }

  @Test
  func `composed and decomposed letters are drawn the same`() {
    #expect(sheet("Ångström é") == sheet("A\u{30A}ngstro\u{308}m e\u{301}"))
    #expect(sheet("각") == sheet("\u{1100}\u{1161}\u{11A8}"))
    #expect(sheet("x\u{304}") != sheet("x"))
  }

  @Test
  func `right-to-left text has its first letter on the right`() {
    let (word, first, second) = (sheet("אב"), sheet("א"), sheet("ב"))
    #expect(cells(0..<1, of: word) == cells(0..<1, of: second))
    #expect(cells(1..<2, of: word) == cells(0..<1, of: first))
    // In a line of Latin text the order of the words stays.
    let mixed = sheet("a אב c")
    #expect(cells(0..<1, of: mixed) == cells(0..<1, of: sheet("a")))
    #expect(cells(2..<3, of: mixed) == cells(0..<1, of: second))
  }

  @Test
  func `a character without a glyph is drawn as a box, and reported`() {
    #expect(sheet("𝔘") == sheet("\u{FFFD}"))
    #expect(ContactSheet.undrawable(in: ["cat", "ñ猫ב", "👍 up", "𝔘"]) == "👍 up")
    #expect(ContactSheet.undrawable(in: ["cat", "ñ猫ב", "e\u{301}\u{200D}"]) == nil)
  }

  @Test(arguments: [
    "", " ", "\u{301}", "\u{200D}", "\u{202E}abc", "\0", "\u{1B}[31m", "\u{E000}", "\u{2028}",
    "א\u{5B0}",
  ])
  func `any name can be drawn`(name: String) {
    #expect(sheet(name).height == 12 + Self.side + 12)
  }
}
