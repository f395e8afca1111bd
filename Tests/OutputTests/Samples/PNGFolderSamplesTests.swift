import Foundation
import Output
import TestSupport
import Testing

@Suite("Samples in a folder of PNG files")
struct PNGFolderSamplesTests {
  private let temporary = try! TemporaryFolder()

  private func write(_ names: [String], side: Int = 4) throws {
    for (number, name) in names.enumerated() {
      let image = RGBImage(width: side, height: side, grey: UInt8(number))
      try temporary.write(image.pngData(), to: name)
    }
  }

  private func open() throws -> SampleCollection {
    try SampleCollection(opening: temporary.path)
  }

  private func tone(_ index: Int, of samples: SampleCollection) throws -> UInt8 {
    try samples.image(at: index).pixels[0]
  }

  @Test
  func `images without subfolders are sorted by name and have no labels`() throws {
    try write(["b.png", "a.PNG", "c.png"])
    try temporary.write("", to: ".hidden.png")
    try temporary.write("", to: "notes.txt")
    let samples = try open()
    #expect(samples.kind == .folder && !samples.hasLabels && samples.classNames == nil)
    #expect(try samples.indices.map { try tone($0, of: samples) } == [1, 0, 2])
  }

  @Test
  func `subfolders with numbers are labels`() throws {
    try write(["007/b.png", "007/a.png", "12/a.png", "3/a.png"])
    let samples = try open()
    #expect(samples.indices.map(samples.label) == [7, 7, 12, 3])
    #expect(!samples.labelsFollowNames)
    #expect(try samples.indices.map { try tone($0, of: samples) } == [1, 0, 2, 3])
  }

  @Test
  func `subfolders with names are classes in the order of torchvision's ImageFolder`() throws {
    try write(["dog/a.png", "Kuh/a.png", "10/a.png", "dog/b.png"])
    try temporary.write("", to: "empty/notes.txt")
    let samples = try open()
    #expect(samples.classNames == ["10", "Kuh", "dog"])
    #expect(samples.labelsFollowNames)
    #expect(samples.indices.map(samples.label) == [0, 1, 2, 2])
    #expect(try samples.indices.map { try tone($0, of: samples) } == [2, 1, 0, 3])
  }

  @Test
  func `labels, names and seeds in metadata.jsonl take precedence over subfolders`() throws {
    try write(["000/a.png", "001/b.png"])
    try temporary.write(
      """
      {"file_name": "001/b.png", "label": 5, "class_name": "dog", "seed": 9, "shard": "x"}
      {"file_name": "000/a.png", "label": 3, "class_name": "Kuh", "seed": 4294967295}

      """, to: "metadata.jsonl")
    let samples = try open()
    #expect(samples.indices.map(samples.label) == [3, 5])
    #expect(samples.indices.map(samples.seed) == [.max, 9])
    #expect([3, 4, 5].map(samples.className) == ["Kuh", nil, "dog"])
  }

  @Test(arguments: [
    ("nonsense\n", "line 1 is not a JSON object"),
    (#"{"file_name": "a.png", "label": 1}"# + "\n", "labels for 1 of 2 images"),
  ])
  func `damaged or incomplete metadata is refused`(metadata: String, problem: String) throws {
    try write(["a.png", "b.png"])
    try temporary.write(metadata, to: "metadata.jsonl")
    #expect {
      try open()
    } throws: { error in
      "\(error)".contains(problem) && "\(error)".contains("metadata.jsonl")
    }
  }

  @Test
  func `images of different sizes are refused with the names of two`() throws {
    try write(["a/1.png", "a/2.png"])
    try temporary.write(RGBImage(width: 5, height: 4, grey: 0).pngData(), to: "a/3.png")
    #expect(
      throws: SampleError.mixedSizes(
        first: "\(temporary.path)/a/1.png", firstSize: "4×4", other: "\(temporary.path)/a/3.png",
        otherSize: "5×4")
    ) { try open() }
  }

  @Test(arguments: [
    (["a.jpg"], SampleError.Found.otherFormat("a.jpg")),
    (["cat/a.JPEG"], .otherFormat("cat/a.JPEG")),
    (["000000.tar"], .shards), (["notes.txt"], .nothing),
    (["slices/1-of-2/job.json"], .slices),
  ])
  func `a folder without PNG files is refused with what it holds`(
    names: [String], found: SampleError.Found
  ) throws {
    for name in names { try temporary.write("", to: name) }
    #expect(throws: SampleError.noImages(path: temporary.path, found: found)) { try open() }
  }

  @Test
  func `other images besides PNG files are refused, because they would be left out`() throws {
    try write(["a.png"])
    try temporary.write("", to: "b.webp")
    #expect(throws: SampleError.noImages(path: temporary.path, found: .otherFormat("b.webp"))) {
      try open()
    }
  }

  @Test
  func `images both in the folder and in subfolders are refused`() throws {
    try write(["a.png", "dog/b.png"])
    #expect {
      try open()
    } throws: { error in
      "\(error)".contains("both in itself (a.png) and in subfolders (dog)")
    }
  }

  @Test
  func `a file that is not a PNG is refused when the folder is opened`() throws {
    try write(["a.png"])
    try temporary.write("GIF89a", to: "b.png")
    #expect(
      throws: SampleError.badData(path: "\(temporary.path)/b.png", reason: "is not a PNG file")
    ) { try open() }
  }

  @Test
  func `the fingerprint depends on names and sizes`() throws {
    try write(["a.png"])
    let first = try open().fingerprint()
    #expect(try open().fingerprint() == first)
    try write(["b.png"])
    #expect(try open().fingerprint() != first)
  }

  @Test
  func `a path that does not exist, a pipe and another file are refused`() throws {
    #expect(throws: SampleError.self) { try SampleCollection(opening: "\(temporary.path)/none") }
    let pipe = "\(temporary.path)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(throws: SampleError.self) { try SampleCollection(opening: pipe) }
    try temporary.write("text", to: "file.npz")
    #expect(throws: SampleError.self) {
      try SampleCollection(opening: "\(temporary.path)/file.npz")
    }
  }
}
