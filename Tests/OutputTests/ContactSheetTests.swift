import Foundation
import Output
import Testing

@Suite("The contact sheet")
struct ContactSheetTests {
  let temporary = try! TemporaryFolder()

  /// Writes one-coloured images, red by index and green by label, and their contact sheet.
  private func sheet(side: Int, records: [ImageRecord]) throws -> RGBImage {
    let folder = try OutputFolder(creating: temporary.path)
    for record in records {
      let color = [UInt8(record.index % 256), UInt8(record.label ?? 0), 7]
      let pixels = (0..<side * side).flatMap { _ in color }
      let image = RGBImage(width: side, height: side, pixels: pixels)
      try folder.writeImage(image.pngData(), index: record.index)
    }
    try ContactSheet.write(folder: folder, records: records)
    return try RGBImage.decode(png: temporary.contents(of: "contact-sheet.png")).image
  }

  @Test("images without labels make a square grid in the order of their indices")
  func grid() throws {
    let records = [2, 0, 3, 1].map { ImageRecord(index: $0, label: nil, seed: 0) }
    let sheet = try sheet(side: 32, records: records)
    // Margins of 12, cells of 64, gaps of 4.
    #expect(sheet.width == 156 && sheet.height == 156)
    let corners = [(12, 12), (80, 12), (12, 80), (80, 80)]
    for (index, (x, y)) in corners.enumerated() {
      #expect(sheet.color(x: x, y: y) == [UInt8(index), 0, 7])
      #expect(sheet.color(x: x + 63, y: y + 63) == [UInt8(index), 0, 7])
      #expect(sheet.color(x: x - 1, y: y) == [255, 255, 255])
      #expect(sheet.color(x: x, y: y + 64) == [255, 255, 255])
    }
  }

  @Test("images with labels make a row a class, named at the left")
  func rows() throws {
    let records = (0..<7).map {
      ImageRecord(index: $0, label: $0 % 3, className: ["bag", "coat", "shirt"][$0 % 3], seed: 0)
    }
    let sheet = try sheet(side: 256, records: records)
    // Cells of 128; five characters of 9 pixels and a margin before them.
    let left = 12 + 5 * 9 + 12
    #expect(sheet.width == left + 404 && sheet.height == 12 + 404)
    for record in records {
      let (column, row) = record.index.quotientAndRemainder(dividingBy: 3)
      #expect(
        sheet.color(x: left + column * 132 + 64, y: 12 + row * 132 + 64)
          == [UInt8(record.index), UInt8(row), 7])
    }
    #expect(sheet.color(x: left + 2 * 132, y: 12 + 132) == [255, 255, 255])
    for row in 0..<3 {
      let tones = (12..<left - 12).flatMap { x in
        (0..<128).map { sheet.color(x: x, y: 12 + row * 132 + $0)[0] }
      }
      #expect(tones.contains { $0 < 80 } && tones.contains { (100..<200).contains($0) })
    }
  }

  @Test("a job with many classes is cut at 4000 pixels and says so")
  func tall() throws {
    let records = (0..<100).map { ImageRecord(index: $0, label: $0, seed: 0) }
    let sheet = try sheet(side: 16, records: records)
    #expect((3900...4000).contains(sheet.height))
    let footer = (sheet.height - 30..<sheet.height).flatMap { y in
      (12..<sheet.width).map { sheet.color(x: $0, y: y)[0] }
    }
    #expect(footer.contains { $0 < 150 })
  }

  @Test("a job without images has no sheet")
  func empty() throws {
    let folder = try OutputFolder(creating: temporary.path)
    try ContactSheet.write(folder: folder, records: [])
    #expect(temporary.tree() == ["images"])
  }

  @Test(
    "a thumbnail is enlarged by whole pixels, reduced by blocks, or left as it is",
    arguments: [
      (1, 64), (16, 64), (28, 56), (32, 64), (33, 33), (64, 64), (128, 128), (129, 65), (192, 96),
      (256, 128), (512, 128),
    ])
  func thumbnailSides(side: Int, expected: Int) {
    let thumbnail = RGBImage.pattern(width: side, height: side).thumbnail()
    #expect(thumbnail.width == expected && thumbnail.height == expected)
  }

  @Test("a reduced pixel is the rounded mean of its block")
  func reduction() {
    var pixels = [UInt8](repeating: 0, count: 256 * 256 * 3)
    for (place, value) in zip([0, 3, 256 * 3, 257 * 3], [10, 20, 31, 255] as [UInt8]) {
      pixels[place] = value
    }
    let thumbnail = RGBImage(width: 256, height: 256, pixels: pixels).thumbnail()
    #expect(thumbnail.color(x: 0, y: 0) == [79, 0, 0])
    #expect(thumbnail.color(x: 1, y: 0) == [0, 0, 0])
  }
}

@Suite("What a contact sheet shows")
struct ContactSheetSelectionTests {
  /// `counts[c]` images of class c, the classes taking turns.
  private static func records(counts: [Int]) -> [ImageRecord] {
    let labels = (0..<(counts.max() ?? 0)).flatMap { round in
      counts.indices.filter { round < counts[$0] }
    }
    return labels.enumerated().map { ImageRecord(index: $0, label: $1, seed: 0) }
  }

  @Test(
    "the footer tells what was left out",
    arguments: [
      ([10, 10], nil),
      ([16, 3], nil),
      ([20, 20], "first 16 of 20 images each"),
      ([3, 20], "first 16 of up to 20 images each"),
      (Array(repeating: 2, count: 50), "first 40 of 50 classes"),
      (
        Array(repeating: 50, count: 1000), "first 40 of 1000 classes, first 16 of 50 images each"
      ),
    ] as [([Int], String?)])
  func labelled(counts: [Int], footer: String?) {
    let selection = ContactSheetSelection(
      records: Self.records(counts: counts).shuffled(), maximumRows: 40)
    #expect(selection.footer == footer)
    #expect(selection.rows.count == min(counts.count, 40))
    #expect(selection.rows.map(\.indices.count) == counts.prefix(40).map { min($0, 16) })
    #expect(selection.rows.allSatisfy { $0.indices == $0.indices.sorted() })
    #expect(selection.rows[1].title == "class 1")
  }

  @Test(
    "without labels the grid is square up to 16 columns",
    arguments: [
      (1, 1, 1, nil), (10, 4, 3, nil), (100, 10, 10, nil), (640, 16, 40, nil),
      (641, 16, 40, "first 640 of 641 images"),
    ] as [(Int, Int, Int, String?)])
  func unlabelled(count: Int, columns: Int, rows: Int, footer: String?) {
    let records = (0..<count).map { ImageRecord(index: $0, label: nil, seed: 0) }
    let selection = ContactSheetSelection(records: records, maximumRows: 40)
    #expect(selection.rows.count == rows)
    #expect(selection.rows[0].indices == Array(0..<columns))
    #expect(selection.rows.flatMap(\.indices) == Array(0..<min(count, 640)))
    #expect(selection.rows.allSatisfy { $0.title == nil })
    #expect(selection.footer == footer)
  }
}
