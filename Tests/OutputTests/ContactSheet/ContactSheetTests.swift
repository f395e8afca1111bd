import Foundation
import Job
import Output
import Testing

@Suite("The contact sheet")
struct ContactSheetTests {
  /// Draws images of one colour, red by index and green by label.
  private func sheet(
    side: Int, labels: ImagePlan.Labels, count: Int, classNames: [String]? = nil,
    isThere: (Int) -> Bool = { _ in true }
  ) -> RGBImage {
    let plan = ImagePlan(labels: labels, seeds: NumberRanges(first: count))
    return ContactSheet(catalog: .of(plan, classNames: classNames), imageSize: side).draw {
      isThere($0) ? RGBImage.plain(side: side, plan[$0]).thumbnail() : nil
    }
  }

  @Test
  func `images without labels form a square grid in the order of their indices`() throws {
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

  @Test
  func `images with labels form a row for each class, with its name on the left`() throws {
    let sheet = sheet(
      side: 256, labels: .spread(over: NumberRanges(first: 3), .interleaved), count: 7,
      classNames: ["bag", "coat", "shirt"])
    // Cells of 128. On the left, five characters of 9 pixels and a margin.
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

  @Test
  func `many classes with few images are side by side, each below its name`() {
    let sheet = sheet(
      side: 32, labels: .spread(over: NumberRanges(first: 40), .interleaved), count: 40)
    // Cells of 64 below names of 8 characters of 9 pixels, with gaps of 12.
    let (across, down) = (72 + 12, 64 + 12 + titleHeight)
    let columns = (sheet.width - 12) / across
    #expect(columns * across + 12 == sheet.width)
    #expect((40 + columns - 1) / columns * down + 12 == sheet.height)
    for index in 0..<40 {
      let (row, column) = index.quotientAndRemainder(dividingBy: columns)
      let (x, y) = (12 + column * across, 12 + row * down)
      #expect(sheet.color(x: x + 32, y: y + titleHeight + 32) == [UInt8(index), UInt8(index), 7])
      let title = (y..<y + titleHeight).flatMap { y in
        (x..<x + 72).map { sheet.color(x: $0, y: y)[0] }
      }
      #expect(title.contains { $0 < 80 })
    }
  }

  /// The height of a line of text and a small gap.
  private let titleHeight = 20

  @Test(
    arguments: [1, 2, 3, 7, 10, 16, 17, 40, 41, 99, 100, 101, 365, 1000],
    [1, 2, 10, 20, 50])
  func `a sheet is neither very tall, very wide nor large for any number of classes and images`(
    classes: Int, each: Int
  ) {
    for side in [32, 64, 256] {
      let plan = ImagePlan(
        labels: .spread(over: NumberRanges(first: classes), .interleaved),
        seeds: NumberRanges(first: classes * each))
      let content = ContactSheet(catalog: .of(plan), imageSize: side)
      // Every class is shown.
      #expect(Set(content.indices.map { $0 % classes }).count == classes)
      let sheet = content.draw { _ in nil }
      #expect(sheet.width * sheet.height <= 13_000_000)
      #expect(Double(sheet.height) <= 1.55 * Double(sheet.width), "\(classes) × \(each) of \(side)")
      if classes > 16 {
        #expect(sheet.width <= 3 * sheet.height, "\(classes) × \(each) of \(side)")
      }
    }
  }

  @Test
  func `ten classes of ten images are ten rows with any names`() {
    let labels = ImagePlan.Labels.spread(over: NumberRanges(first: 10), .interleaved)
    let names = (0..<10).map { String(repeating: "n", count: 3 * $0 + 1) }
    let sheet = sheet(side: 32, labels: labels, count: 100, classNames: names)
    #expect(sheet.height == 12 + 10 * 68 - 4 + 12)
    // Names are cut at 24 characters.
    #expect(sheet.width == 12 + 24 * 9 + 12 + 10 * 68 - 4 + 12)
  }

  @Test
  func `one class of many images fills several lines`() {
    let labels = ImagePlan.Labels.spread(over: NumberRanges([3]), .interleaved)
    let sheet = sheet(side: 64, labels: labels, count: 50)
    let left = 12 + "class 3".count * 9 + 12
    // Four lines of 13.
    #expect(sheet.width == left + 13 * 68 - 4 + 12 && sheet.height == 12 + 4 * 68 - 4 + 12)
    for index in 0..<50 {
      let (line, column) = index.quotientAndRemainder(dividingBy: 13)
      #expect(
        sheet.color(x: left + column * 68, y: 12 + line * 68) == [UInt8(index), 3, 7])
    }
  }

  @Test
  func `classes that do not fit are left out, and the sheet says so`() {
    let plan = ImagePlan(
      labels: .spread(over: NumberRanges(first: 5000), .interleaved),
      seeds: NumberRanges(first: 5000))
    let content = ContactSheet(catalog: .of(plan), imageSize: 256)
    #expect((1000..<5000).contains(content.indices.count))
    let sheet = content.draw { _ in nil }
    #expect(sheet.width * sheet.height <= 13_000_000)
    let footer = (sheet.height - 30..<sheet.height).flatMap { y in
      (12..<400).map { sheet.color(x: $0, y: y)[0] }
    }
    #expect(footer.contains { $0 < 150 })
  }

  @Test
  func `a missing image leaves its place empty and does not move the others`() {
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

  @Test(arguments: [
    (1, 64), (16, 64), (28, 56), (32, 64), (33, 33), (64, 64), (128, 128), (129, 65), (192, 96),
    (256, 128), (512, 128),
  ])
  func `a thumbnail is enlarged by whole pixels, reduced by blocks, or left as it is`(
    side: Int, expected: Int
  ) {
    let thumbnail = RGBImage.pattern(width: side, height: side).thumbnail()
    #expect(thumbnail.width == expected && thumbnail.height == expected)
  }

  @Test
  func `a reduced pixel is the rounded mean of its block`() {
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
  /// Returns a plan with `counts[c]` images of class c. The classes take turns or follow one
  /// another.
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

  private static func selection(
    _ plan: ImagePlan, groups: Int = 40, images: Int = 16, classNames: [String]? = nil
  ) -> ContactSheetSelection {
    ContactSheetSelection(
      catalog: .of(plan, classNames: classNames), counts: plan.labelCounts, maximumGroups: groups,
      maximumImages: images)
  }

  @Test(
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
  func `the footer says what was left out`(
    example: (counts: [Int], footer: String?), isGrouped: Bool
  ) {
    let counts = example.counts
    let plan = Self.plan(counts: counts, isGrouped: isGrouped)
    let selection = Self.selection(plan)
    #expect(selection.footer == example.footer)
    #expect(selection.groups.count == min(counts.count, 40))
    for (label, group) in selection.groups.enumerated() {
      let all = (0..<plan.count).filter { plan[$0].label == label }
      #expect(group.indices == Array(all.prefix(16)))
      #expect(group.title == "class \(label)")
    }
  }

  @Test
  func `classes that take turns are counted in order, and repeated ones as often as named`() {
    let plan = ImagePlan(
      labels: .spread(over: NumberRanges([7, 2, 7]), .interleaved),
      seeds: NumberRanges(first: 100_000_001))
    #expect(plan.labelCounts == [7: 66_666_667, 2: 33_333_334])
    let selection = Self.selection(plan, classNames: ["a", "b", "coat"])
    #expect(selection.groups.map(\.title) == ["coat", "class 7"])
    #expect(selection.groups[0].indices == Array(stride(from: 1, to: 48, by: 3)))
    #expect(selection.groups[1].indices == (0..<24).filter { $0 % 3 != 1 })
    #expect(selection.footer == "first 16 of up to 66666667 images each")
  }

  @Test(arguments: [(100, nil), (101, "first 100 of 101 images")])
  func `images without labels are shown in order`(count: Int, footer: String?) {
    let plan = ImagePlan(labels: .unconditional, seeds: NumberRanges(first: count))
    let selection = Self.selection(plan, images: 100)
    #expect(selection.groups.map(\.title) == [nil])
    #expect(selection.groups[0].indices == Array(0..<100))
    #expect(selection.footer == footer)
  }

  @Test(arguments: [
    (1, 1, 1), (10, 4, 3), (100, 10, 10), (640, 26, 25), (1024, 32, 32), (5000, 32, 32),
  ])
  func `without labels the grid is square up to 32 columns`(count: Int, columns: Int, rows: Int) {
    let sheet = ContactSheet(catalog: .plain(count: count), imageSize: 64)
    #expect(sheet.indices.count == min(count, 1024))
    let picture = sheet.draw { _ in nil }
    let footer = count > 1024 ? 22 : 0
    // The footer of a single image would be wider than the sheet.
    #expect(picture.width == 20 + columns * 68)
    #expect(picture.height == 20 + rows * 68 + footer)
  }
}
