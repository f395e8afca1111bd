import Output
import Testing

@Suite struct LabelledGridTests {
  private func image(_ grey: UInt8, side: Int = 32) -> RGBImage {
    RGBImage(width: side, height: side, grey: grey)
  }

  /// The pixels of a grey level, as the rectangle that they fill.
  private func rectangle(_ grey: UInt8, in picture: RGBImage) -> (x: Range<Int>, y: Range<Int>)? {
    var (xs, ys) = ([Int](), [Int]())
    for y in 0..<picture.height {
      for x in 0..<picture.width where picture.pixels[picture.offset(x: x, y: y)] == grey {
        xs.append(x)
        ys.append(y)
      }
    }
    guard let left = xs.min(), let top = ys.min() else { return nil }
    return (left..<xs.max()! + 1, top..<ys.max()! + 1)
  }

  @Test
  func `images of a row are side by side, and those of a column one below the other`() throws {
    let picture = LabelledGrid(
      columns: [["a", "b"], ["c"]],
      rows: [
        .init(title: "one", images: [image(1), image(2)]),
        .init(title: "two", images: [image(3), nil]),
      ]
    ).draw()
    let (first, second, third) = (
      try #require(rectangle(1, in: picture)), try #require(rectangle(2, in: picture)),
      try #require(rectangle(3, in: picture))
    )
    // Small images are enlarged to 64 pixels.
    #expect(first.x.count == 64 && first.y.count == 64)
    #expect(first.y == second.y && first.x == third.x)
    #expect(first.x.upperBound < second.x.lowerBound && first.y.upperBound < third.y.lowerBound)
    #expect(second.x.upperBound <= picture.width && third.y.upperBound <= picture.height)
  }

  @Test
  func `large images are reduced`() throws {
    let picture = LabelledGrid(
      columns: [["a"]], rows: [.init(title: "one", images: [image(9, side: 1024)])]
    ).draw()
    #expect(try #require(rectangle(9, in: picture)).x.count == 256)
  }

  @Test
  func `columns are as wide as their text`() throws {
    let long = String(repeating: "wide ", count: 20)
    let grid = { (text: String) in
      LabelledGrid(
        columns: [[text], ["b"]], rows: [.init(title: "", images: [self.image(1), self.image(2)])]
      ).draw()
    }
    let (narrow, wide) = (grid("a"), grid(long))
    #expect(wide.width >= narrow.width)
    let (first, second) = (
      try #require(rectangle(1, in: wide)), try #require(rectangle(2, in: wide))
    )
    #expect(second.x.lowerBound - first.x.lowerBound >= 64)
  }
}
