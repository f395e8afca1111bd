import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite("Samples in an output folder")
struct JobSamplesTests {
  private let temporary = try! TemporaryFolder()

  private static let formats = [
    OutputFormat(layout: .flat), OutputFormat(layout: .subdirs), OutputFormat(layout: .classes),
    OutputFormat(isGrayscale: true), OutputFormat(container: .tar, shardSize: 4),
  ]

  @Test(arguments: formats)
  func `images of a job have their label, seed and class name`(format: OutputFormat) throws {
    let job = JobSource(format: format)
    try job.write(to: temporary)
    let samples = try SampleCollection(opening: temporary.path)
    #expect(samples.kind == .job)
    #expect(samples.indices == Array(0..<11) && samples.missing.count == 0)
    #expect(samples.width == 8 && samples.height == 8)
    #expect(samples.classNames == ["a \"cat\"", "dog", "Kuh"])
    for index in 0..<11 {
      #expect(samples.label(of: index) == index % 3)
      #expect(samples.seed(of: index) == UInt32(100 + index))
      #expect(try samples.image(at: index) == job.image(index))
    }
  }

  @Test(arguments: formats)
  func `an unfinished job has the images that exist, and says which are missing`(
    format: OutputFormat
  ) throws {
    let job = JobSource(format: format)
    try job.write(to: temporary, indices: [1, 2, 9])
    let samples = try SampleCollection(opening: temporary.path)
    #expect(samples.indices == [1, 2, 9])
    #expect(samples.missing.text == "0,3-8,10")
    #expect(try samples.image(at: 9) == job.image(9))
  }

  @Test
  func `the fingerprint depends on the settings, the plan and the images that exist`() throws {
    var prints: Set<String> = []
    for (settings, firstSeed, indices) in [
      ("abc", 100, 0..<11), ("abd", 100, 0..<11), ("abc", 101, 0..<11), ("abc", 100, 0..<10),
    ] {
      let folder = try TemporaryFolder()
      try JobSource(settings: settings, firstSeed: firstSeed).write(to: folder, indices: indices)
      prints.insert(try SampleCollection(opening: folder.path).fingerprint())
    }
    #expect(prints.count == 4)
  }

  @Test
  func `an image of another job is refused when it is read`() throws {
    try JobSource().write(to: temporary)
    let other = try TemporaryFolder()
    try JobSource(settings: "other").write(to: other)
    try temporary.write(other.contents(of: "images/000003.png"), to: "images/000003.png")
    let samples = try SampleCollection(opening: temporary.path)
    #expect {
      try samples.image(at: 3)
    } throws: { error in
      "\(error)".contains("images/000003.png: has settings other") && "\(error)".contains("verify")
    }
  }

  @Test(arguments: [
    ("{}", "was not written by this program"), ("", "was not written by this program"),
    (#"{"program": "other"}"#, "was not written by this program"),
  ])
  func `a job.json of another program is refused`(json: String, problem: String) throws {
    try temporary.write(json, to: "job.json")
    #expect {
      try SampleCollection(opening: temporary.path)
    } throws: { error in
      "\(error)".contains(problem)
    }
  }

  @Test
  func `a job.json with impossible numbers is refused`() throws {
    for (first, count) in [(-1, 5), (0, 12), (.max, 1), (0, -1)] {
      let folder = try TemporaryFolder()
      try JobSource().write(to: folder, indices: [0], firstImage: first, imageCount: count)
      #expect(throws: SampleError.self) { try SampleCollection(opening: folder.path) }
    }
  }
}

/// A job of eleven images in three classes, with seeds from 100.
struct JobSource {
  var format = OutputFormat()
  var settings = "abc"
  var firstSeed = 100
  var side = 8

  static let classNames = ["a \"cat\"", "dog", "Kuh"]

  private struct Record: Encodable {
    let program = "diffuse-mpi"
    let settings: String
    let plan: ImagePlan
    let firstImage: Int?
    let imageCount: Int
    let format: OutputFormat
    let classNames: [String]
  }

  var catalog: ImageCatalog {
    let plan = ImagePlan(
      labels: .spread(over: NumberRanges(first: 3), .interleaved),
      seeds: NumberRanges(firstSeed..<firstSeed + 11))
    return ImageCatalog(
      work: Work(plan), format: format, classCount: 3, classNames: Self.classNames)
  }

  func image(_ index: Int) -> RGBImage {
    let color = format.isGrayscale ? [9, 9, 9] : [UInt8(index), UInt8(firstSeed % 256), 7]
    return RGBImage(width: side, height: side, pixels: (0..<side * side).flatMap { _ in color })
  }

  func write(
    to temporary: TemporaryFolder, indices: some Sequence<Int> = 0..<11, firstImage: Int? = nil,
    imageCount: Int = 11
  ) throws {
    let folder = try OutputFolder(creating: temporary.path)
    let catalog = catalog
    try folder.writeJob(
      Record(
        settings: settings, plan: catalog.plan, firstImage: firstImage, imageCount: imageCount,
        format: format, classNames: Self.classNames))
    let store: any PublishingStore =
      format.container == .png
      ? PNGFolderStore(folder: folder, catalog: catalog)
      : TarShardStore(folder: folder, catalog: catalog)
    _ = try store.open(check: nil)
    for index in indices {
      let request = catalog.plan[index]
      let png = try image(index).pngData(
        text: [
          ("label", "\(request.label!)"), ("seed", "\(request.seed)"), ("settings", settings),
        ], isGrayscale: format.isGrayscale)
      try store.add(FinishedImage(index: index, png: [UInt8](png))) { _ in }
    }
  }
}
