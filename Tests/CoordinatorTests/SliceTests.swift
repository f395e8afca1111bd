import Coordinator
import Foundation
import Job
import Output
import TestSupport
import Testing

/// Compares jobs that each make a range of a plan's images with one job that makes all images.
@Suite struct SliceTests {
  private let temporary = try! TemporaryFolder()

  private static let count = 12
  /// The second range begins and ends inside a shard of five.
  private static let ranges = [0..<3, 3..<9, 9..<12]

  private func catalog(_ format: OutputFormat, _ range: Range<Int>?) throws -> ImageCatalog {
    let plan = ImagePlan.spread(over: 3, count: Self.count)
    return ImageCatalog(
      work: Work(plan, indices: range), format: format, classCount: 3, classNames: ["a", "b", "c"])
  }

  private func png(_ index: Int, _ catalog: ImageCatalog) throws -> [UInt8] {
    let request = catalog.plan[index]
    let text = [("label", "\(request.label!)"), ("seed", "\(request.seed)"), ("settings", "abc")]
    return try [UInt8](RGBImage(width: 3, height: 3, grey: UInt8(index)).pngData(text: text))
  }

  /// Makes a job's images, half of them after reopening the folder.
  private func make(_ format: OutputFormat, _ range: Range<Int>?, in name: String) throws -> String
  {
    let path = temporary.url.appending(path: name).path
    let catalog = try catalog(format, range)
    for isFirstStart in [true, false] {
      let sink = FolderSink(
        folder: try OutputFolder(creating: path), catalog: catalog, imageSize: 3)
      let done = try sink.open { try $0.writeJob(["a": 1]) }
      let half = catalog.indices.prefix(catalog.count / 2)
      #expect(done.indices == catalog.indices)
      #expect(catalog.indices.filter(done.contains) == (isFirstStart ? [] : Array(half)))
      let wanted =
        isFirstStart ? Array(half.reversed()) : catalog.indices.filter { !half.contains($0) }
      for index in wanted {
        try sink.write(FinishedImage(index: index, png: png(index, catalog)))
      }
      if !isFirstStart { #expect(try sink.finish().isEmpty) }
      sink.waitForWriters()
    }
    return path
  }

  private func lines(_ path: String, _ format: OutputFormat) throws -> [Substring] {
    let folder = format.container == .png ? "\(path)/images" : path
    return try String(contentsOfFile: "\(folder)/metadata.jsonl", encoding: .utf8)
      .split(separator: "\n")
  }

  @Test(arguments: [OutputFormat(), OutputFormat(layout: .classes), OutputFormat(layout: .subdirs)])
  func `the slices of a plan make the images, names and metadata that one job makes`(
    format: OutputFormat
  ) throws {
    let whole = try make(format, nil, in: "whole")
    let wholeCatalog = try catalog(format, nil)
    var sliceLines: [Substring] = []
    for (number, range) in Self.ranges.enumerated() {
      let slice = try make(format, range, in: "slice \(number)")
      for index in range {
        let name = "images/\(wholeCatalog.fileName(of: index))"
        let image = try Data(contentsOf: URL(filePath: "\(slice)/\(name)"))
        #expect(try image == Data(contentsOf: URL(filePath: "\(whole)/\(name)")))
      }
      sliceLines += try lines(slice, format)
    }
    #expect(try sliceLines == lines(whole, format))
  }

  @Test(arguments: Self.ranges)
  func `a slice is complete by itself, in files and in shards`(range: Range<Int>) throws {
    for format in [OutputFormat(), OutputFormat(container: .tar, shardSize: 5)] {
      let path = try make(format, range, in: "\(format.container) \(range)")
      var check = FolderCheck(
        path: path, catalog: try catalog(format, range), settings: "abc", side: 3)
      try check.run()
      #expect(check.findings.isEmpty && check.valid.count == range.count)
      #expect(try lines(path, format).count == range.count)
      // As a folder of the whole plan, it lacks the other images.
      var wholeCheck = FolderCheck(
        path: path, catalog: try catalog(format, nil), settings: "abc", side: 3)
      try wholeCheck.run()
      #expect(wholeCheck.findings[.missing].count == Self.count - range.count)
    }
  }
}
