import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite struct SliceMergeTests {
  /// Twelve images of three classes. With shards of five, the last shard is short.
  static let count = 12
  static let formats = [
    OutputFormat(layout: .flat), OutputFormat(layout: .subdirs), OutputFormat(layout: .classes),
    OutputFormat(layout: .flat, writesNPZ: true),
    OutputFormat(container: .tar, shardSize: 5, writesNPZ: true),
  ]

  private let temporary = try! TestSupport.TemporaryFolder()
  private var target: String { temporary.path + "/job" }

  private func catalog(_ format: OutputFormat, _ indices: Range<Int>? = nil) -> ImageCatalog {
    ImageCatalog(
      work: Work(.spread(over: 3, count: Self.count), indices: indices), format: format,
      classCount: 3, classNames: ["a", "b", "c"])
  }

  private func png(_ index: Int) throws -> [UInt8] {
    try [UInt8](
      RGBImage(width: 3, height: 3, grey: UInt8(index)).pngData(text: [("seed", "\(index)")]))
  }

  /// Opens a folder as a job would, writes the missing images, and finishes unless told otherwise.
  private func make(_ path: String, _ catalog: ImageCatalog, finishes: Bool = true) throws {
    let sink = FolderSink(
      folder: try OutputFolder(creating: path), catalog: catalog, imageSize: 3)
    let done = try sink.open { try $0.writeJob(["program": "diffuse-mpi"]) }
    for index in catalog.indices where !done.contains(index) {
      try sink.write(FinishedImage(index: index, png: png(index)))
    }
    if finishes { #expect(try sink.finish().isEmpty) }
    sink.waitForWriters()
  }

  /// The files of a job that makes all images.
  private func whole(_ format: OutputFormat) throws -> [String: Data] {
    let other = SliceMergeTests()
    try other.make(other.target, catalog(format))
    return try files(in: other.target)
  }

  private func files(in path: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      let file = URL(filePath: path).appending(path: name)
      if !file.hasDirectoryPath, let data = try? Data(contentsOf: file) { files[name] = data }
    }
    return files
  }

  private func slices(_ format: OutputFormat) -> [(path: String, catalog: ImageCatalog)] {
    (1...3).map { number in
      let slice = PlanSlice(number, of: 3)!
      let indices = slice.indices(of: Self.count, unit: format.sliceUnit)
      return (SliceFolders.path(of: slice, in: target), catalog(format, indices))
    }
  }

  /// Merges slices as the program does. Those that are gone were merged before.
  private func merge(
    _ slices: [(path: String, catalog: ImageCatalog)], _ format: OutputFormat, moves: Bool = true
  ) throws {
    let folder = try OutputFolder(creating: target)
    if try OutputFolder.readJob(in: target) == nil {
      try folder.writeJob(["program": "diffuse-mpi"])
    }
    var merge = try SliceMerge(into: folder, catalog: catalog(format), moves: moves)
    for (path, catalog) in slices where FileManager.default.fileExists(atPath: path) {
      try merge.place(path, images: ExistingImages(in: path, catalog: catalog).images)
    }
  }

  @Test(arguments: formats)
  func `merged slices have the bytes of one job, and are removed`(format: OutputFormat) throws {
    let slices = slices(format)
    for (path, catalog) in slices { try make(path, catalog) }
    try merge(slices, format)
    try make(target, catalog(format))
    #expect(try files(in: target) == whole(format))
    #expect(!FileManager.default.fileExists(atPath: "\(target)/slices"))
  }

  @Test(arguments: formats)
  func `slices that are copied stay as they are`(format: OutputFormat) throws {
    let elsewhere = SliceMergeTests()
    let slices = elsewhere.slices(format)
    for (path, catalog) in slices { try make(path, catalog) }
    let before = try files(in: elsewhere.target)
    for _ in 0..<2 { try merge(slices, format, moves: false) }
    try make(target, catalog(format))
    #expect(try files(in: target) == whole(format))
    #expect(try files(in: elsewhere.target) == before)
  }

  /// The states in which a merge can be killed: any number of files was moved, and then any number
  /// of slices removed.
  @Test(arguments: formats, [true, false])
  func `a merge that was killed after any file continues`(format: OutputFormat, moves: Bool) throws
  {
    let expected = try whole(format)
    for killed in 0..<Self.count {
      let other = SliceMergeTests()
      let slices = other.slices(format)
      for (path, catalog) in slices { try make(path, catalog) }
      let placed = Array(slices.prefix(killed / 4))
      try other.merge(placed, format)
      try other.placeSome(killed % 4, of: slices[killed / 4], format, moves: moves)
      try other.merge(slices, format)
      try other.make(other.target, catalog(format))
      #expect(try files(in: other.target) == expected, "after \(killed)")
    }
  }

  /// Moves or copies the first images or shards of a slice, as a killed merge has done.
  private func placeSome(
    _ count: Int, of slice: (path: String, catalog: ImageCatalog), _ format: OutputFormat,
    moves: Bool
  ) throws {
    let names =
      format.container == .png
      ? slice.catalog.indices.map(slice.catalog.fileName)
      : ["00000\(slice.catalog.indices.lowerBound / 5).tar"]
    for name in names.prefix(count) {
      let (from, to) = (
        "\(slice.path)/\(format.imagesFolder)/\(name)", "\(target)/\(format.imagesFolder)/\(name)"
      )
      try FileManager.default.createDirectory(
        atPath: URL(filePath: to).deletingLastPathComponent().path,
        withIntermediateDirectories: true)
      if moves {
        try FileManager.default.moveItem(atPath: from, toPath: to)
      } else {
        try FileManager.default.copyItem(atPath: from, toPath: to)
      }
    }
    try Data("cut".utf8).write(
      to: URL(filePath: "\(target)/\(format.imagesFolder)/.000003.png.1f.partial"))
  }

  @Test
  func `a slice that was killed before it published a shard is merged`() throws {
    let format = Self.formats[4]
    let slices = slices(format)
    for (path, catalog) in slices { try make(path, catalog, finishes: false) }
    // The last image of the first slice is only in the log.
    let shard = "\(slices[0].path)/shards/000000.tar"
    let log = "\(slices[0].path)/shards/.000000.tar.partial"
    let bytes = try Data(contentsOf: URL(filePath: shard))
    try bytes.dropLast(1024).write(to: URL(filePath: log))
    try FileManager.default.removeItem(atPath: shard)
    try merge(slices, format)
    try make(target, catalog(format))
    #expect(try files(in: target) == whole(format))
  }

  @Test
  func `a slice in which a job is running is not touched`() throws {
    let format = Self.formats[0]
    let slices = slices(format)
    for (path, catalog) in slices { try make(path, catalog) }
    let running = try OutputFolder(creating: slices[1].path)
    let before = try files(in: slices[1].path)
    #expect(throws: OutputError.locked(folder: slices[1].path)) { try merge(slices, format) }
    #expect(try files(in: slices[1].path) == before)
    withExtendedLifetime(running) {}
  }

  @Test
  func `files of others keep the folder of a slice`() throws {
    let format = Self.formats[0]
    let slices = slices(format)
    for (path, catalog) in slices { try make(path, catalog) }
    try Data("a log".utf8).write(to: URL(filePath: "\(slices[2].path)/slurm-3.out"))
    try merge(slices, format)
    #expect(try files(in: "\(target)/slices") == ["3-of-3/slurm-3.out": Data("a log".utf8)])
  }
}
