import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite("Checking a folder against its plan")
struct FolderCheckTests {
  private let temporary = try! TemporaryFolder()

  private static let formats = [
    OutputFormat(layout: .flat), OutputFormat(layout: .subdirs), OutputFormat(layout: .classes),
    OutputFormat(container: .tar, shardSize: 4),
  ]
  private static let count = 11

  /// Three classes in turn, and seeds that repeat with another class.
  private static func catalog(_ format: OutputFormat) -> ImageCatalog {
    ImageCatalog(
      work: Work(
        ImagePlan(
          labels: .spread(over: NumberRanges(first: 3), .interleaved),
          seeds: NumberRanges((0..<count).map { $0 % 10 }))),
      format: format, classCount: 3, classNames: ["a \"cat\"", "dog", "Kuh"])
  }

  private static func png(
    _ index: Int, pixels: Int? = nil, side: Int = 8, settings: String = "abc"
  ) throws -> [UInt8] {
    let request = catalog(OutputFormat()).plan[index]
    let text = [
      ("label", "\(request.label!)"), ("seed", "\(request.seed)"), ("settings", settings),
    ]
    return try [UInt8](
      RGBImage.plain(side: side, ImageRequest(index: pixels ?? index, label: 0, seed: 0))
        .pngData(text: text))
  }

  /// Creates the folder of a job.
  private func fill(
    _ format: OutputFormat, indices: some Collection<Int> = 0..<count,
    png: (Int) throws -> [UInt8] = { try png($0) }
  ) throws {
    let folder = try OutputFolder(creating: temporary.path)
    let catalog = Self.catalog(format)
    let store: any PublishingStore =
      format.container == .png
      ? PNGFolderStore(folder: folder, catalog: catalog)
      : TarShardStore(folder: folder, catalog: catalog)
    _ = try store.open(check: nil)
    var metadata = MetadataFile(folder: folder, catalog: catalog)
    var done = IndexBitmap(capacity: catalog.count)
    for index in indices {
      try store.add(FinishedImage(index: index, png: png(index))) { _ in }
      done.insert(index)
    }
    try store.publish(incomplete: true) { _ in }
    try metadata.rewrite(done)
  }

  private func checked(_ format: OutputFormat) throws -> FolderCheck {
    let before = temporary.tree()
    var check = FolderCheck(
      path: temporary.path, catalog: Self.catalog(format), settings: "abc", side: 8)
    try check.run()
    #expect(temporary.tree() == before)
    return check
  }

  private func kinds(_ findings: Findings) -> [Findings.Kind: Int] {
    var counts: [Findings.Kind: Int] = [:]
    for kind in Findings.Kind.allCases where findings[kind].count > 0 {
      counts[kind] = findings[kind].count
    }
    return counts
  }

  @Test(arguments: formats)
  func `a complete folder of any format has no problems`(format: OutputFormat) throws {
    try fill(format)
    let check = try checked(format)
    #expect(check.findings.isEmpty && check.valid.count == Self.count)
    #expect(check.labelShortfalls.isEmpty)
  }

  @Test(arguments: formats)
  func `images that a job has not made yet are missing, which is not an error`(format: OutputFormat)
    throws
  {
    try fill(format, indices: [0, 1, 2, 3, 5, 6])
    try temporary.write("", to: ".contact-sheet.png.partial")
    let folder = format.container == .png ? "images" : "shards"
    try temporary.write("torn", to: "\(folder)/.000004.png.partial")
    let check = try checked(format)
    #expect(kinds(check.findings) == [.missing: 5, .leftover: 2])
    #expect(check.findings.onlyMissingImages)
    #expect(check.findings[.missing].examples.first == "000004.png")
    #expect(check.labelShortfalls.map(\.label) == [0, 1, 2])
    #expect(check.labelShortfalls.map(\.count) == [3, 1, 2])
    #expect(check.labelShortfalls.map(\.planned) == [4, 4, 3])
  }

  @Test(arguments: formats)
  func `in a folder without images all are missing, and the first ten are named`(
    format: OutputFormat
  ) throws {
    let check = try checked(format)
    #expect(kinds(check.findings) == [.missing: Self.count])
    #expect(check.findings[.missing].examples == (0..<10).map { "00000\($0).png" })
  }

  @Test(arguments: formats)
  func `an image that does not match the plan is reported with the reason`(format: OutputFormat)
    throws
  {
    try fill(format) { index in
      switch index {
      case 2: try Self.png(index, side: 9)
      case 3: try Self.png(index, settings: "other")
      case 5: try Self.png(6)
      case 7:
        // The checksum of the pixels.
        try Self.png(index).enumerated().map { $0.offset == 90 ? $0.element ^ 1 : $0.element }
      default: try Self.png(index)
      }
    }
    let check = try checked(format)
    #expect(kinds(check.findings) == [.damaged: 4])
    #expect(!check.findings.onlyMissingImages)
    #expect(
      (0..<Self.count).filter { !check.valid.contains($0) } == [2, 3, 5, 7]
        && check.present.count == Self.count)
    let text = check.findings[.damaged].examples.joined(separator: "\n")
    for part in [
      "is 9×9 pixels, not 8×8", "has settings other in its text, not abc",
      "has label 0 in its text, not 2",
    ] {
      #expect(text.contains(part))
    }
    #expect(text.contains("000007.png is damaged"))
  }

  @Test(arguments: formats)
  func `equal pixels for different labels or seeds are reported`(format: OutputFormat) throws {
    try fill(format) { index in try Self.png(index, pixels: [6: 2, 8: 2][index]) }
    let check = try checked(format)
    #expect(kinds(check.findings) == [.duplicate: 2])
    #expect(
      check.findings[.duplicate].examples == [
        "000006.png has the same pixels as 000002.png",
        "000008.png has the same pixels as 000002.png",
      ])
  }

  @Test
  func `an image that is twice in the plan is not a duplicate`() throws {
    let catalog = ImageCatalog(
      work: Work(ImagePlan(labels: .unconditional, seeds: NumberRanges([7, 7]))),
      format: OutputFormat(),
      classCount: nil, classNames: nil)
    let png = try RGBImage.pattern(width: 8, height: 8)
      .pngData(text: [("seed", "7"), ("settings", "abc")])
    for index in 0..<2 {
      try temporary.write("", to: "images/00000\(index).png")
      try png.write(to: URL(filePath: "\(temporary.path)/images/00000\(index).png"))
    }
    var metadata = MetadataFile(
      folder: try OutputFolder(creating: temporary.path), catalog: catalog)
    try metadata.list([0, 1])
    var check = FolderCheck(path: temporary.path, catalog: catalog, settings: "abc", side: 8)
    try check.run()
    #expect(check.findings.isEmpty)
  }

  @Test(arguments: [
    (formats[0], "images/000011.png"), (formats[0], "images/000/000001.png"),
    (formats[0], "images/notes.txt"), (formats[1], "images/000001.png"),
    (formats[1], "images/001/000001.png"), (formats[2], "images/0/000001.png"),
    (formats[2], "images/cats/000001.png"), (formats[3], "shards/000003.tar"),
    (formats[3], "shards/000001.png"),
  ])
  func `files that are not in the plan are reported`(format: OutputFormat, file: String) throws {
    try fill(format)
    try temporary.write("x", to: file)
    let check = try checked(format)
    #expect(kinds(check.findings) == [.extra: 1])
    let named = check.findings[.extra].examples[0]
    #expect(file == named || file.hasPrefix(named + "/"))
  }

  @Test(arguments: [true, false])
  func `a folder or a huge file in place of an image counts as damaged`(isFolder: Bool) throws {
    try fill(Self.formats[0])
    let path = "\(temporary.path)/images/000003.png"
    unlink(path)
    if isFolder {
      mkdir(path, 0o755)
    } else {
      try temporary.write("x", to: "images/000003.png")
      truncate(path, 1 << 40)
    }
    let check = try checked(Self.formats[0])
    #expect(kinds(check.findings) == [.damaged: 1])
    #expect(
      check.findings[.damaged].examples == [
        "images/000003.png "
          + (isFolder ? "is a folder" : "has 1099511627776 bytes, too many for an image")
      ])
  }

  @Test(
    arguments: [
      { $0.removeLast() }, { $0.append($0[4]) }, { $0.swapAt(3, 7) },
      { $0[2] = $0[2].replacing("\"seed\":2", with: "\"seed\":3") },
      { $0[2] = $0[2].replacing("Kuh", with: "cow") }, { $0.append("{}") },
      { $0[0] = String(repeating: "x", count: 100_000) }, { $0 = [] },
    ] as [@Sendable (inout [String]) -> Void], [formats[1], formats[3]])
  func `metadata with missing, repeated, wrong or unordered lines is reported`(
    change: @Sendable (inout [String]) -> Void, format: OutputFormat
  ) throws {
    try fill(format)
    let name = format.container == .png ? "images/metadata.jsonl" : "metadata.jsonl"
    var lines = try String(decoding: temporary.contents(of: name), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    #expect(lines.count == Self.count)
    change(&lines)
    try temporary.write(lines.map { $0 + "\n" }.joined(), to: name)
    let check = try checked(format)
    #expect(Set(kinds(check.findings).keys) == [.metadata])
    #expect(check.valid.count == Self.count)
  }

  @Test
  func `a folder of shards from an earlier version is correct`() throws {
    try fill(Self.formats[3])
    for (name, old) in [
      ("metadata.jsonl", "shards/metadata.jsonl"), ("shards-index.jsonl", "shards/index.jsonl"),
    ] {
      try FileManager.default.moveItem(
        atPath: "\(temporary.path)/\(name)", toPath: "\(temporary.path)/\(old)")
    }
    #expect(try checked(Self.formats[3]).findings.isEmpty)
  }

  @Test(arguments: [
    (formats[0], "images/000003.png", Findings.Kind.damaged),
    (formats[0], "images/metadata.jsonl", .metadata), (formats[3], "shards/000001.tar", .shard),
    (formats[3], "metadata.jsonl", .metadata), (formats[3], "shards-index.jsonl", .shard),
  ])
  func `a named pipe in place of any file is reported without waiting`(
    format: OutputFormat, file: String, kind: Findings.Kind
  ) throws {
    try fill(format)
    let path = "\(temporary.path)/\(file)"
    try #require(unlink(path) == 0 && mkfifo(path, 0o600) == 0)
    #expect(try checked(format).findings[kind].count > 0)
  }

  @Test
  func `a missing metadata file is reported for every image`() throws {
    try fill(Self.formats[0])
    unlink("\(temporary.path)/images/metadata.jsonl")
    #expect(try kinds(checked(Self.formats[0]).findings) == [.metadata: Self.count])
  }

  @Test
  func `a shard with any changed bytes is reported`() throws {
    try fill(Self.formats[3])
    let name = "shards/000002.tar"
    let whole = try [UInt8](temporary.contents(of: name))
    for place in stride(from: 0, to: whole.count, by: 61) {
      var bytes = whole
      bytes[place] ^= 1
      try Data(bytes).write(to: URL(filePath: "\(temporary.path)/\(name)"))
      let findings = try checked(Self.formats[3]).findings
      #expect(findings[.shard].count > 0 && !findings.onlyMissingImages, "byte \(place)")
    }
  }

  @Test(arguments: [([0, 2, 1, 3], true), ([0, 1, 1, 2, 3], true), ([0, 1, 2, 3], false)])
  func `a shard out of order, a repeated image and a wrong index are reported`(
    order: [Int], hasIndex: Bool
  ) throws {
    try fill(Self.formats[3])
    let name = "shards/000000.tar"
    let bytes = try [UInt8](temporary.contents(of: name))
    // All images have the same length: a header and a block for each of PNG, class and JSON.
    let size = (bytes.count - 1024) / 4
    let parts = order.map { bytes[$0 * size..<($0 + 1) * size] }
    try Data(parts.flatMap { $0 } + bytes.suffix(1024))
      .write(to: URL(filePath: "\(temporary.path)/\(name)"))
    if !hasIndex { unlink("\(temporary.path)/shards-index.jsonl") }
    let findings = try checked(Self.formats[3]).findings
    #expect(Set(kinds(findings).keys) == [.shard])
    if hasIndex {
      #expect(
        findings[.shard].examples[0].hasSuffix("does not contain its images in order, each once"))
    } else {
      #expect(findings[.shard].count == 3)
    }
  }
}
