import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite("The files of a comparison")
struct ComparisonFilesTests {
  private let first = try! TemporaryFolder()
  private let second = try! TemporaryFolder()
  private let out = try! TemporaryFolder()

  private func files(
    names: [String] = ["small", "large"], cell: Int = 16, perClass: Int = 4
  ) throws -> ComparisonFiles {
    let sources = try zip(names, [first, second]).map { name, folder in
      ComparisonSource(name: name, samples: try .init(opening: folder.path))
    }
    return ComparisonFiles(
      try Comparison(sources, perClass: perClass), folder: out.path, cell: cell, program: "1.0")
  }

  private func count(_ color: [UInt8], in image: RGBImage) -> Int {
    stride(from: 0, to: image.pixels.count, by: 3).count {
      image.pixels[$0..<$0 + 3].elementsEqual(color)
    }
  }

  @Test
  func `the sheet shows each image of both sources at the size of a cell`() throws {
    try JobSource(side: 8).write(to: first)
    try JobSource(firstSeed: 100, side: 32).write(to: second)
    let files = try files()
    let result = try files.write()
    #expect(result.pictureRows == 3 && result.pageRows == 3)
    let sheet = try RGBImage.decode(png: out.contents(of: "compare.png")).image
    for index in 0..<11 { #expect(count([UInt8(index), 100, 7], in: sheet) == 2 * 16 * 16) }
    // Nothing is left to the right of the last column but the margin.
    let columns = (0..<sheet.width).filter { x in
      (0..<sheet.height).contains { sheet.color(x: x, y: $0) != [255, 255, 255] }
    }
    #expect(columns.first == 12 && columns.last.map { sheet.width - $0 } ?? 0 > 12)
  }

  @Test
  func `the page has an image for each, with its text, and needs nothing else`() throws {
    try JobSource(side: 8).write(to: first)
    try JobSource(side: 32).write(to: second)
    _ = try files(names: ["<a> & \"b\"", "large"]).write()
    let page = String(decoding: try out.contents(of: "compare.html"), as: UTF8.self)
    #expect(page.matches(of: /<img src="data:image\/png;base64,/).count == 22)
    #expect(page.contains(#"alt="a &quot;cat&quot;, image 3, seed 103""#))
    #expect(page.contains("&lt;a&gt; &amp; &quot;b&quot;") && !page.contains("<a>"))
    #expect(page.contains("Images at the same place have the same seed."))
    for word in ["http:", "https:", "<script", "<link", "url("] { #expect(!page.contains(word)) }
    let first = try #require(page.firstMatch(of: /base64,([^"]*)"/))
    let png = try #require(Data(base64Encoded: String(first.1)))
    #expect(try RGBImage.decode(png: png).image == JobSource(side: 8).image(0))
  }

  @Test
  func `files of an earlier comparison are replaced, and those of others never`() throws {
    try JobSource().write(to: first)
    try JobSource().write(to: second)
    _ = try files().write()
    _ = try files(cell: 32).write()
    #expect(out.tree() == ["compare.html", "compare.png"])
    for name in ["compare.png", "compare.html"] {
      let kept = try out.contents(of: name)
      try out.write("mine", to: name)
      let path = "\(out.path)/\(name)"
      #expect(throws: OutputError.foreignFile(path: path)) { try files().write() }
      #expect(try out.contents(of: name) == Data("mine".utf8))
      try kept.write(to: URL(filePath: path))
    }
  }

  @Test
  func `an image that cannot be read leaves no files`() throws {
    try JobSource().write(to: first)
    try JobSource().write(to: second)
    let files = try files()
    try second.write("broken", to: "images/000005.png")
    #expect(throws: SampleError.self) { try files.write() }
    #expect(out.tree().isEmpty)
  }

  @Test
  func `more classes than fit are left out of the sheet, which says so`() throws {
    for folder in [first, second] {
      for label in 0..<300 {
        let image = RGBImage(width: 2, height: 2, grey: UInt8(label % 200))
        try folder.write(image.pngData(), to: "\(label)/a.png")
      }
    }
    let result = try files(cell: 128).write()
    #expect(result.pageRows == 300)
    #expect((100..<130).contains(result.pictureRows))
    #expect(throws: ComparisonSheet.TooLarge.self) { try files(cell: 10_000).write() }
  }
}
