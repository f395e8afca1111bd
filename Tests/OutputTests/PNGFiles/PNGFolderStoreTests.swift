import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite("Numbered PNG files")
struct PNGFolderStoreTests {
  let temporary = try! TemporaryFolder()

  static let png = try! [UInt8](RGBImage.pattern(width: 4, height: 4).pngData())

  private func store(
    _ layout: OutputFormat.Layout, count: Int = 2001
  ) throws -> (PNGFolderStore, ImageCatalog) {
    let labels = ImagePlan.Labels.exact(NumberRanges((0..<count).map { $0 % 12 }))
    let catalog = ImageCatalog(
      work: Work(ImagePlan(labels: labels, seeds: NumberRanges(first: count))),
      format: OutputFormat(layout: layout), classCount: 12, classNames: nil)
    return (
      PNGFolderStore(folder: try OutputFolder(creating: temporary.path), catalog: catalog), catalog
    )
  }

  @Test(
    arguments: [
      (.flat, "images/001234.png"), (.subdirs, "images/001/001234.png"),
      (.classes, "images/10/001234.png"),
    ] as [(OutputFormat.Layout, String)])
  func `each layout stores an image in its own place, and finds and reads it there`(
    layout: OutputFormat.Layout, path: String
  ) throws {
    let (store, _) = try store(layout)
    _ = try store.open(check: nil)
    var listed: [[Int]] = []
    try store.add(FinishedImage(index: 1234, png: Self.png)) { listed.append($0) }
    #expect(listed == [[1234]])
    #expect(try temporary.contents(of: path) == Data(Self.png))
    #expect(try store.read(index: 1234) == Data(Self.png))
    let found = try store.open(check: nil)
    #expect(found.done.count == 1 && found.done.contains(1234) && found.damaged == 0)
  }

  @Test(arguments: OutputFormat.Layout.allCases)
  func `a file written by a rank is published, even at a second attempt`(
    layout: OutputFormat.Layout
  ) throws {
    let (store, _) = try store(layout)
    _ = try store.open(check: nil)
    let partial = try PartialImage.write(
      Self.png, index: 7, folder: temporary.path, rank: 3)
    #expect(try temporary.contents(of: partial) == Data(Self.png))
    for _ in 0..<2 {
      try store.add(FinishedImage(index: 7, content: .written(partial: partial))) { _ in }
    }
    #expect(try store.read(index: 7) == Data(Self.png))
    #expect(!temporary.tree().contains { $0.hasSuffix(".partial") })
  }

  @Test(arguments: ["../x.partial", "images/../../.x.partial", "job.json", "images/000001.png", ""])
  func `an invalid path from a rank is refused`(path: String) throws {
    let (store, _) = try store(.flat)
    _ = try store.open(check: nil)
    #expect(throws: OutputError.self) {
      try store.add(FinishedImage(index: 1, content: .written(partial: path))) { _ in }
    }
  }

  /// The contents of files that are not complete images.
  static let damages: [[UInt8]] = [
    [], Array(png.prefix(8)), Array(png.dropLast()), Array(png.dropFirst()), png + [0],
    Array(png.prefix(8)) + [UInt8](repeating: 0, count: 100),
  ]

  @Test(arguments: damages)
  func `an incomplete file is removed and counted`(bytes: [UInt8]) throws {
    let (store, _) = try store(.flat)
    _ = try store.open(check: nil)
    try store.add(FinishedImage(index: 0, png: Self.png)) { _ in }
    try Data(bytes).write(to: URL(filePath: "\(temporary.path)/images/000001.png"))
    let found = try store.open(check: nil)
    #expect(found.done.count == 1 && found.done.contains(0) && found.damaged == 1)
    #expect(temporary.tree() == ["images", "images/000000.png"])
  }

  @Test
  func `partial files of killed processes are removed, and other files stay`() throws {
    let (store, _) = try store(.subdirs)
    _ = try store.open(check: nil)
    try store.add(FinishedImage(index: 0, png: Self.png)) { _ in }
    let theirs = ["images/notes.txt", "images/000/cat.png", "images/002/002001.png"]
    for name in theirs + ["images/.metadata.jsonl.partial", "images/000/.000001.png.1-a.partial"] {
      try temporary.write("x", to: name)
    }
    let found = try store.open(check: nil)
    #expect(found.done.count == 1)
    let files = temporary.tree().filter { $0.contains(".") }
    #expect(files == (theirs + ["images/000/000000.png"]).sorted())
  }

  @Test
  func `a file in the folder of another image does not count`() throws {
    let (store, _) = try store(.subdirs)
    _ = try store.open(check: nil)
    try store.add(FinishedImage(index: 0, png: Self.png)) { _ in }
    try FileManager.default.moveItem(
      atPath: "\(temporary.path)/images/000/000000.png",
      toPath: "\(temporary.path)/images/000000.png")
    #expect(try store.open(check: nil).done.count == 0)
  }

  @Test
  func `a failed write is reported with its path, leaves no partial file, and can be repeated`()
    throws
  {
    let (store, _) = try store(.flat)
    _ = try store.open(check: nil)
    let path = "\(temporary.path)/images/000005.png"
    try #require(mkdir(path, 0o700) == 0)
    #expect(throws: OutputError.system(action: "write", path: path, code: EISDIR)) {
      try store.add(FinishedImage(index: 5, png: Self.png)) { _ in }
    }
    #expect(temporary.tree() == ["images", "images/000005.png"])
    try #require(rmdir(path) == 0)
    try store.add(FinishedImage(index: 5, png: Self.png)) { _ in }
    #expect(try store.read(index: 5) == Data(Self.png))
  }

  @Test(arguments: [true, false])
  func `a file with a temporary name is replaced, and a link there is not followed`(isLink: Bool)
    throws
  {
    let (store, _) = try store(.flat)
    _ = try store.open(check: nil)
    try temporary.write("precious", to: "theirs")
    let partial = "\(temporary.path)/images/.000005.png.partial"
    if isLink {
      try #require(symlink("\(temporary.path)/theirs", partial) == 0)
    } else {
      try #require(mkfifo(partial, 0o600) == 0)
    }
    try store.add(FinishedImage(index: 5, png: Self.png)) { _ in }
    #expect(temporary.tree() == ["images", "images/000005.png", "theirs"])
    #expect(try temporary.contents(of: "theirs") == Data("precious".utf8))
  }

  @Test
  func `an image may be a link to an image, and is then unchanged`() throws {
    let (store, _) = try store(.flat)
    _ = try store.open(check: nil)
    try Data(Self.png).write(to: URL(filePath: "\(temporary.path)/elsewhere.png"))
    try #require(symlink("../elsewhere.png", "\(temporary.path)/images/000003.png") == 0)
    #expect(try store.open(check: nil).done.contains(3))
    #expect(try store.read(index: 3) == Data(Self.png))
  }

  @Test
  func `images in a linked folder are found`() throws {
    let (store, _) = try store(.subdirs)
    _ = try store.open(check: nil)
    try #require(mkdir("\(temporary.path)/elsewhere", 0o700) == 0)
    try #require(symlink("../elsewhere", "\(temporary.path)/images/001") == 0)
    try store.add(FinishedImage(index: 1234, png: Self.png)) { _ in }
    #expect(try temporary.contents(of: "elsewhere/001234.png") == Data(Self.png))
    #expect(try store.open(check: nil).done.contains(1234))
  }

  @Test
  func `a file in place of a subfolder is refused before anything is created`() throws {
    try temporary.write("theirs", to: "images/001")
    let (store, _) = try store(.subdirs)
    #expect(throws: OutputError.notAFolder(path: "\(temporary.path)/images/001")) {
      try store.open(check: nil)
    }
  }

  @Test
  func `missing images are found and damaged ones removed, and both can be added again`() throws {
    let (store, _) = try store(.subdirs)
    _ = try store.open(check: nil)
    var done = IndexBitmap(capacity: 2001)
    for index in [3, 999, 2000] {
      try store.add(FinishedImage(index: index, png: Self.png)) { _ in }
      done.insert(index)
    }
    #expect(try store.missing(of: done).isEmpty)
    try #require(unlink("\(temporary.path)/images/000/000999.png") == 0)
    #expect(try store.missing(of: done) == [999])
    try store.discard([3, 999])
    #expect(try store.missing(of: done) == [3, 999])
    for index in [3, 999] { try store.add(FinishedImage(index: index, png: Self.png)) { _ in } }
    #expect(try store.missing(of: done).isEmpty)
  }

  @Test(arguments: [nil, "not a PNG"])
  func `an image that cannot be read back is reported by name`(contents: String?) throws {
    let (store, _) = try store(.flat)
    if let contents { try temporary.write(contents, to: "images/000003.png") }
    #expect {
      try store.image(index: 3)
    } throws: { error in
      "\(error)".hasPrefix("cannot read ") && "\(error)".contains("000003.png: ")
    }
  }

  @Test
  func `a full check finds a wrong size, label, seed or settings, and damage inside`() throws {
    let (store, catalog) = try store(.flat)
    _ = try store.open(check: nil)
    let check = ImageCheck(catalog: catalog, settings: "abc", side: 4)
    func file(_ side: Int, _ label: Int, _ seed: Int, _ settings: String) throws -> [UInt8] {
      try [UInt8](
        RGBImage.pattern(width: side, height: side).pngData(
          text: [("label", "\(label)"), ("seed", "\(seed)"), ("settings", settings)]))
    }
    var flipped = try file(4, 5, 5, "abc")
    flipped[flipped.count - 20] ^= 1
    let files = try [
      file(4, 0, 0, "abc"), file(5, 1, 1, "abc"), file(4, 1, 2, "abc"), file(4, 3, 2, "abc"),
      file(4, 4, 4, "abd"), flipped,
    ]
    for (index, png) in files.enumerated() {
      try store.add(FinishedImage(index: index, png: png)) { _ in }
    }
    #expect(try store.open(check: nil).done.count == 6)
    let found = try store.open(check: check)
    #expect(found.done.count == 1 && found.done.contains(0) && found.damaged == 5)
    let faults = zip(files, 0...).map { check.fault(in: Data($0), index: $1) }
    #expect(faults.last??.hasPrefix("is damaged (IDAT: ") == true)
    #expect(
      faults.dropLast() == [
        nil, "is 5×5 pixels, not 4×4", "has label 1 in its text, not 2",
        "has seed 2 in its text, not 3", "has settings abd in its text, not abc",
      ])
  }

  /// Changes that other programs may make to an image.
  static let changes: [(@Sendable (inout [UInt8]) -> Void, String?)] = [
    ({ _ in }, nil),
    ({ $0.append(0) }, "is damaged (bytes follow the end of the image)"),
    ({ $0 += $0.suffix(12) }, "is damaged (bytes follow the end of the image)"),
    ({ $0 += $0 }, "is damaged (bytes follow the end of the image)"),
    ({ $0.removeLast() }, "is damaged (the file ends too early)"),
  ]

  @Test(arguments: 0..<8)
  func `all checks treat extra bytes, colours and texts the same`(change: Int) throws {
    let text = [("label", "0"), ("seed", "0"), ("settings", "abc")]
    let image = RGBImage.pattern(width: 4, height: 4)
    let (store, catalog) = try store(.flat)
    _ = try store.open(check: nil)
    var (png, fault) = ([UInt8](), nil as String?)
    switch change {
    case 5:
      png = try [UInt8](image.pngData(text: text, isGrayscale: true))
      fault = "is grayscale, not RGB"
    case 6:
      png = try [UInt8](image.pngData(text: text + [("seed", "1")]))
      fault = "has seed 0 and 1 in its text, not 0"
    case 7:
      png = try [UInt8](image.pngData(text: Array(text.dropLast())))
      fault = "has settings nothing in its text, not abc"
    default:
      png = try [UInt8](image.pngData(text: text))
      Self.changes[change].0(&png)
      fault = Self.changes[change].1
    }
    let check = ImageCheck(catalog: catalog, settings: "abc", side: 4)
    #expect(check.fault(in: Data(png), index: 0) == fault)
    // The result of `--verify` and `verify`.
    try Data(png).write(to: URL(filePath: "\(temporary.path)/images/000000.png"))
    var folder = FolderCheck(path: temporary.path, catalog: catalog, settings: "abc", side: 4)
    try folder.run()
    #expect(
      folder.findings[.damaged].examples == (fault.map { ["images/000000.png \($0)"] } ?? []))
    #expect(try store.open(check: check).done.contains(0) == (fault == nil))
  }
}
