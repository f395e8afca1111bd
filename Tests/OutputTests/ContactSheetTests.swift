import Foundation
import Job
import Output
import Testing

@Suite("The contact sheet")
struct ContactSheetTests {
  /// Draws one-coloured images, red by index and green by label.
  private func sheet(
    side: Int, labels: ImagePlan.Labels, count: Int, classNames: [String]? = nil,
    isThere: (Int) -> Bool = { _ in true }
  ) -> RGBImage {
    let plan = ImagePlan(labels: labels, seeds: NumberRanges(first: count))
    return ContactSheet(catalog: .of(plan, classNames: classNames), imageSize: side).draw {
      isThere($0) ? RGBImage.plain(side: side, plan[$0]).thumbnail() : nil
    }
  }

  @Test("images without labels make a square grid in the order of their indices")
  func grid() throws {
    let sheet = sheet(side: 32, labels: .unconditional, count: 4)
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
    let sheet = sheet(
      side: 256, labels: .spread(over: NumberRanges(first: 3), .interleaved), count: 7,
      classNames: ["bag", "coat", "shirt"])
    // Cells of 128; five characters of 9 pixels and a margin before them.
    let left = 12 + 5 * 9 + 12
    #expect(sheet.width == left + 404 && sheet.height == 12 + 404)
    for index in 0..<7 {
      let (column, row) = index.quotientAndRemainder(dividingBy: 3)
      #expect(
        sheet.color(x: left + column * 132 + 64, y: 12 + row * 132 + 64)
          == [UInt8(index), UInt8(row), 7])
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
    let sheet = sheet(
      side: 16, labels: .spread(over: NumberRanges(first: 100), .interleaved), count: 100)
    #expect((3900...4000).contains(sheet.height))
    let footer = (sheet.height - 30..<sheet.height).flatMap { y in
      (12..<sheet.width).map { sheet.color(x: $0, y: y)[0] }
    }
    #expect(footer.contains { $0 < 150 })
  }

  @Test("an image that is not there leaves its place empty and the others where they are")
  func places() {
    let labels = ImagePlan.Labels.spread(over: NumberRanges(first: 2), .interleaved)
    let whole = sheet(side: 64, labels: labels, count: 8)
    var partial = sheet(side: 64, labels: labels, count: 8) { $0 != 5 }
    let left = 12 + "class 0".count * 9 + 12
    let place = (x: left + 2 * 68, y: 12 + 68)
    #expect(partial.color(x: place.x, y: place.y) == [255, 255, 255])
    partial.paste(
      .plain(side: 64, ImageRequest(index: 5, label: 1, seed: 5)), x: place.x, y: place.y)
    #expect(partial == whole)
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
  /// `counts[c]` images of class c, the classes taking turns or one after the other.
  private static func plan(counts: [Int], isGrouped: Bool) -> ImagePlan {
    let labels =
      isGrouped
      ? counts.indices.flatMap { Array(repeating: $0, count: counts[$0]) }
      : (0..<(counts.max() ?? 0)).flatMap { round in
        counts.indices.filter { round < counts[$0] }
      }
    return ImagePlan(
      labels: .exact(NumberRanges(labels)), seeds: NumberRanges(first: labels.count))
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
    ] as [([Int], String?)], [false, true])
  func labelled(example: (counts: [Int], footer: String?), isGrouped: Bool) {
    let counts = example.counts
    let plan = Self.plan(counts: counts, isGrouped: isGrouped)
    let selection = ContactSheetSelection(catalog: .of(plan), maximumRows: 40)
    #expect(selection.footer == example.footer)
    #expect(selection.rows.count == min(counts.count, 40))
    for (label, row) in selection.rows.enumerated() {
      let all = (0..<plan.count).filter { plan[$0].label == label }
      #expect(row.indices == Array(all.prefix(16)))
      #expect(row.title == "class \(label)")
    }
  }

  @Test("classes that take turns are counted as they come, repeated ones as often as named")
  func turns() {
    let plan = ImagePlan(
      labels: .spread(over: NumberRanges([7, 2, 7]), .interleaved),
      seeds: NumberRanges(first: 100_000_001))
    #expect(plan.labelCounts == [7: 66_666_667, 2: 33_333_334])
    let selection = ContactSheetSelection(
      catalog: .of(plan, classNames: ["a", "b", "coat"]), maximumRows: 40)
    #expect(selection.rows.map(\.title) == ["coat", "class 7"])
    #expect(selection.rows[0].indices == Array(stride(from: 1, to: 48, by: 3)))
    #expect(selection.rows[1].indices == (0..<24).filter { $0 % 3 != 1 })
    #expect(selection.footer == "first 16 of up to 66666667 images each")
  }

  @Test(
    "without labels the grid is square up to 16 columns",
    arguments: [
      (1, 1, 1, nil), (10, 4, 3, nil), (100, 10, 10, nil), (640, 16, 40, nil),
      (641, 16, 40, "first 640 of 641 images"),
    ] as [(Int, Int, Int, String?)])
  func unlabelled(count: Int, columns: Int, rows: Int, footer: String?) {
    let plan = ImagePlan(labels: .unconditional, seeds: NumberRanges(first: count))
    let selection = ContactSheetSelection(catalog: .of(plan), maximumRows: 40)
    #expect(selection.rows.count == rows)
    #expect(selection.rows[0].indices == Array(0..<columns))
    #expect(selection.rows.flatMap(\.indices) == Array(0..<min(count, 640)))
    #expect(selection.rows.allSatisfy { $0.title == nil })
    #expect(selection.footer == footer)
  }
}
