import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite struct FolderSinkTests {
  /// Twelve images of three classes. With shards of five, the last shard is short.
  static let count = 12
  static let formats = [
    OutputFormat(layout: .flat), OutputFormat(layout: .subdirs), OutputFormat(layout: .classes),
    OutputFormat(container: .tar, shardSize: 5),
  ]

  private let temporary = try! TestSupport.TemporaryFolder()
  private var place: URL { temporary.url.appending(path: "job") }

  private func catalog(_ format: OutputFormat, count: Int = Self.count) throws -> ImageCatalog {
    ImageCatalog(
      work: Work(.spread(over: 3, count: count)),
      format: format, classCount: 3, classNames: ["a", "b", "c"])
  }

  private func png(_ index: Int) throws -> [UInt8] {
    try [UInt8](
      RGBImage(width: 3, height: 3, grey: UInt8(index)).pngData(text: [("seed", "\(index)")]))
  }

  /// Opens the folder as a new process would, and calls `body`.
  @discardableResult
  private func withSink<Result>(
    _ format: OutputFormat, count: Int = Self.count,
    _ body: (FolderSink, IndexBitmap) throws -> Result
  ) throws -> Result {
    let sink = FolderSink(
      folder: try OutputFolder(creating: place.path), catalog: try catalog(format, count: count),
      imageSize: 3)
    let done = try sink.open { try $0.writeJob(["a": 1]) }
    return try body(sink, done)
  }

  private func write(_ indices: [Int], to sink: FolderSink) throws {
    for index in indices { try sink.write(FinishedImage(index: index, png: png(index))) }
  }

  private func files() throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: place.path) {
      let file = place.appending(path: name)
      if !file.hasDirectoryPath, let data = try? Data(contentsOf: file) { files[name] = data }
    }
    return files
  }

  private func undisturbed(_ format: OutputFormat) throws -> [String: Data] {
    let other = FolderSinkTests()
    try other.withSink(format) { sink, _ in
      try other.write(Array(0..<Self.count), to: sink)
      #expect(try sink.finish().isEmpty)
    }
    return try other.files()
  }

  private func metadataFile(_ format: OutputFormat) -> URL {
    place.appending(path: format.container == .tar ? "metadata.jsonl" : "images/metadata.jsonl")
  }

  /// Returns the images that metadata.jsonl lists, in its order.
  private func named(_ format: OutputFormat) throws -> [String] {
    let text = try String(contentsOf: metadataFile(format), encoding: .utf8)
    return try text.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return try #require(object?["file_name"] as? String)
    }
  }

  @Test(arguments: formats)
  func `images in any order, and duplicates, give the same bytes`(format: OutputFormat) throws {
    try withSink(format) { sink, done in
      #expect(done.count == 0)
      let order = (0..<Self.count).map { $0 * 5 % Self.count }
      try write(order + [3, 4], to: sink)
      #expect(sink.done.count == Self.count)
      #expect(try sink.finish().isEmpty)
    }
    #expect(try files() == undisturbed(format))
    #expect(try !files().keys.contains { $0.contains("partial") })
  }

  @Test(arguments: formats)
  func `a job interrupted after any image resumes to the same bytes`(format: OutputFormat) throws {
    let expected = try undisturbed(format)
    let order = (0..<Self.count).map { $0 * 7 % Self.count }
    for made in 0...Self.count {
      let other = FolderSinkTests()
      try other.withSink(format) { sink, _ in try other.write(Array(order[..<made]), to: sink) }
      try other.withSink(format) { sink, done in
        #expect((0..<Self.count).filter(done.contains) == order[..<made].sorted())
        try other.write((0..<Self.count).filter { !done.contains($0) }, to: sink)
        #expect(try sink.finish().isEmpty)
      }
      #expect(try other.files() == expected, "after \(made)")
    }
  }

  @Test(arguments: formats)
  func `a job that grows after any number of images has the bytes of the larger one`(
    format: OutputFormat
  ) throws {
    let expected = try undisturbed(format)
    for first in 1..<Self.count {
      let other = FolderSinkTests()
      try other.withSink(format, count: first) { sink, _ in
        try other.write(Array(0..<first), to: sink)
        #expect(try sink.finish().isEmpty)
      }
      try other.withSink(format) { sink, done in
        #expect(done.count == first)
        try other.write(Array(first..<Self.count), to: sink)
        #expect(try sink.finish().isEmpty)
      }
      #expect(try other.files() == expected, "after \(first)")
    }
  }

  /// Possible damage to metadata.jsonl after a job was killed.
  enum Damage: CaseIterable {
    case missing, empty, torn, doubled, shuffled, withoutImages, hostile
  }

  @Test(arguments: formats, Damage.allCases)
  func `damaged metadata is always repaired`(format: OutputFormat, damage: Damage) throws {
    try withSink(format) { sink, _ in try write([0, 1, 2, 3, 4, 7, 11], to: sink) }
    let file = metadataFile(format)
    let text = try String(contentsOf: file, encoding: .utf8)
    let lines = text.split(separator: "\n")
    switch damage {
    case .missing: try FileManager.default.removeItem(at: file)
    case .empty: try Data().write(to: file)
    case .torn: try Data(text.utf8.dropLast(9)).write(to: file)
    case .doubled: try Data((text + text).utf8).write(to: file)
    case .shuffled: try Data((lines.reversed().joined(separator: "\n") + "\n").utf8).write(to: file)
    case .withoutImages:
      try Data((text + "{\"file_name\":\"000009.png\",\"seed\":9}\n").utf8).write(to: file)
    case .hostile: try Data(repeating: 0xFF, count: 100_000).write(to: file)
    }
    try withSink(format) { _, _ in }
    let names = try named(format)
    #expect(Set(names).count == names.count)
    // Only the first shard is complete.
    let visible = [0, 1, 2, 3, 4] + (format.container == .tar ? [] : [7, 11])
    #expect(names.map { String($0.suffix(10)) } == visible.map(ImageRecord.fileName(index:)))
    try withSink(format) { sink, done in
      try write((0..<Self.count).filter { !done.contains($0) }, to: sink)
      #expect(try sink.finish().isEmpty)
    }
    #expect(try files() == undisturbed(format))
  }

  @Test(arguments: formats)
  func `the metadata line of an image is written before the image`(format: OutputFormat) throws {
    try withSink(format) { sink, _ in
      // Something occupies the final name of the image, so the last step fails after the line was
      // written.
      let blocked =
        switch format.container {
        case .tar: "shards/000000.tar"
        case .png:
          switch format.layout {
          case .flat: "images/000004.png"
          case .subdirs: "images/000/000004.png"
          case .classes: "images/1/000004.png"
          }
        }
      let obstacle = place.appending(path: blocked)
      try FileManager.default.createDirectory(
        at: obstacle.appending(path: "x"), withIntermediateDirectories: true)
      try write([0, 1, 2, 3], to: sink)
      for _ in 0..<3 {
        #expect(throws: OutputError.self) { try write([4], to: sink) }
        #expect(!sink.done.contains(4))
      }
      #expect(try named(format).map { $0.suffix(10) }.filter { $0 == "000004.png" }.count == 1)
      try FileManager.default.removeItem(at: obstacle)
      try write([4], to: sink)
      #expect(sink.done.contains(4))
      try write(Array(5..<Self.count), to: sink)
      #expect(try sink.finish().isEmpty)
    }
    #expect(try files() == undisturbed(format))
  }

  @Test
  func `an unneeded file written by a rank is removed`() throws {
    let format = OutputFormat(layout: .subdirs)
    try withSink(format) { sink, _ in
      let partials = try (0..<2).map { rank in
        try PartialImage.write(
          png(5), index: 5, folder: place.path, rank: rank)
      }
      #expect(Set(partials).count == 2)
      for partial in partials {
        try sink.write(FinishedImage(index: 5, content: .written(partial: partial)))
      }
      #expect(try files().keys.filter { $0.contains("000005") } == ["images/000/000005.png"])
      // A file from a rank that was given up.
      _ = try PartialImage.write(
        png(6), index: 6, folder: place.path, rank: 2)
      try write((0..<Self.count).filter { $0 != 5 }, to: sink)
      #expect(try sink.finish().isEmpty)
    }
    #expect(try files() == undisturbed(format))
  }

  @Test(arguments: formats)
  func `images that were given up are missing, and are made when the job resumes`(
    format: OutputFormat
  ) throws {
    try withSink(format) { sink, _ in
      try write([0, 2, 3, 4, 5, 6, 7, 8, 9, 10], to: sink)
      #expect(try sink.finish().isEmpty)
    }
    #expect(try named(format).count == 10)
    #expect(try !files().keys.contains { $0.contains("partial") })
    try withSink(format) { sink, done in
      #expect((0..<Self.count).filter { !done.contains($0) } == [1, 11])
      try write([1, 11], to: sink)
      #expect(try sink.finish().isEmpty)
    }
    #expect(try files() == undisturbed(format))
  }

  @Test(arguments: formats)
  func `damaged images are made again, with a message`(format: OutputFormat) throws {
    try withSink(format) { sink, _ in
      try write(Array(0..<Self.count), to: sink)
      #expect(try sink.finish().isEmpty)
    }
    let expected = try files()
    let name = try #require(
      expected.keys.sorted().first { $0.hasSuffix("000003.png") || $0.hasSuffix("000000.tar") })
    try expected[name]?.dropLast(3).write(to: place.appending(path: name))
    let sink = FolderSink(
      folder: try OutputFolder(creating: place.path), catalog: try catalog(format),
      imageSize: 3)
    var notes: [String] = []
    let done = try sink.open(writeJob: { _ in }, note: { notes.append($0) })
    if format.container == .png {
      #expect(notes == ["1 damaged image is generated again"])
      #expect((0..<Self.count).filter { !done.contains($0) } == [3])
    } else {
      // A shard without its end is a log that contains all of its images.
      #expect(notes.isEmpty && done.count == Self.count)
    }
    try write((0..<Self.count).filter { !done.contains($0) }, to: sink)
    #expect(try sink.finish().isEmpty)
    #expect(try files() == expected)
  }

  @Test
  func `job.json is written before anything else`() throws {
    let sink = FolderSink(
      folder: try OutputFolder(creating: place.path), catalog: try catalog(OutputFormat()),
      imageSize: 3)
    struct Stop: Error {}
    #expect(throws: Stop.self) { try sink.open { _ in throw Stop() } }
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).isEmpty)
  }

  /// What happens to images while a job runs.
  enum Loss: CaseIterable {
    case flipped, cut, lengthened, removed, replaced
  }

  @Test(arguments: formats, Loss.allCases)
  func `images lost before the end are reported, and made again with the same bytes`(
    format: OutputFormat, loss: Loss
  ) throws {
    var format = format
    format.writesNPZ = true
    let expected = try undisturbed(format)
    try withSink(format) { sink, _ in
      try write(Array(0..<Self.count), to: sink)
      let names = try files().keys.sorted().filter {
        $0.hasSuffix("000003.png") || $0.hasSuffix("000007.png")
          || ["shards/000000.tar", "shards/000001.tar"].contains($0)
      }
      #expect(names.count == 2)
      for name in names { try lose(place.appending(path: name), loss) }
      var rounds = 0
      while case let damaged = try sink.finish(), !damaged.isEmpty {
        rounds += 1
        try #require(rounds <= Self.count)
        #expect(damaged.allSatisfy { !sink.done.contains($0) })
        try write(damaged, to: sink)
      }
      // Bytes after the end of an archive do not affect its readers.
      #expect(rounds > 0 || (loss == .lengthened && format.container == .tar))
    }
    guard loss != .lengthened || format.container == .png else { return }
    #expect(try files() == expected)
  }

  private func lose(_ file: URL, _ loss: Loss) throws {
    var bytes = try Data(contentsOf: file)
    switch loss {
    case .flipped:
      // In the pixels of the first image.
      let data = try #require(bytes.firstRange(of: Data("IDAT".utf8)))
      bytes[data.upperBound + 6] ^= 1
    case .cut: bytes = bytes.prefix(60)
    case .lengthened: bytes.append(0)
    case .removed: return try FileManager.default.removeItem(at: file)
    case .replaced: bytes = Data("not an image".utf8)
    }
    try bytes.write(to: file)
  }

  @Test
  func `job.json is written if images are missing, and unchanged if none are`() throws {
    let format = OutputFormat()
    var writes = 0
    for _ in 0..<3 {
      let sink = FolderSink(
        folder: try OutputFolder(creating: place.path), catalog: try catalog(format),
        imageSize: 3)
      let done = try sink.open {
        try $0.writeJob(["a": 1])
        writes += 1
      }
      try write((0..<Self.count).filter { !done.contains($0) }, to: sink)
      #expect(try sink.finish().isEmpty)
    }
    #expect(writes == 1)
  }
}
