import Foundation
import Output
import Testing

@Suite("The output folder")
struct OutputFolderTests {
  let temporary = try! TemporaryFolder()

  @Test("the folder and its parents are made", arguments: ["run", "a/b/run", "run/"])
  func creation(name: String) throws {
    let folder = try OutputFolder(creating: "\(temporary.path)/\(name)")
    #expect(!folder.path.hasSuffix("/"))
    #expect(temporary.tree().last == (name + "/images").replacing("//", with: "/"))
  }

  @Test("an empty folder, one with empty images/, or one with other files is taken")
  func existing() throws {
    try temporary.write("log", to: "slurm-17.out")
    _ = try OutputFolder(creating: temporary.path)
    _ = try OutputFolder(creating: temporary.path)
    #expect(temporary.tree() == ["images", "slurm-17.out"])
  }

  @Test(
    "a folder with a job's file is refused by that file's name and left as it was",
    arguments: ["job.json", "contact-sheet.png", "images/000007.png", "images/metadata.jsonl"])
  func inUse(name: String) throws {
    try temporary.write("theirs", to: name)
    let before = temporary.tree()
    #expect(throws: OutputError.folderInUse(folder: temporary.path, found: name)) {
      try OutputFolder(creating: temporary.path)
    }
    #expect(temporary.tree() == before)
    #expect(try temporary.contents(of: name) == Data("theirs".utf8))
  }

  @Test("a path at or below a file is refused", arguments: ["file", "file/run", "file/a/b"])
  func belowFile(name: String) throws {
    try temporary.write("theirs", to: "file")
    #expect(throws: OutputError.notAFolder(path: "\(temporary.path)/file")) {
      try OutputFolder(creating: "\(temporary.path)/\(name)")
    }
    #expect(try temporary.contents(of: "file") == Data("theirs".utf8))
  }

  @Test("a folder that cannot be made is refused", arguments: ["/proc/run", "/sys/run", ""])
  func impossible(path: String) {
    #expect {
      try OutputFolder(creating: path)
    } throws: { error in
      "\(error)".hasPrefix("cannot create the folder \(path)")
    }
  }

  @Test(
    "a folder without write permission is refused",
    .enabled(if: getuid() != 0, "root may write anywhere"))
  func readOnly() throws {
    _ = try OutputFolder(creating: temporary.path)
    chmod(temporary.path, 0o555)
    defer { chmod(temporary.path, 0o755) }
    #expect(
      throws: OutputError.system(
        action: "write to the folder", path: temporary.path, code: EACCES)
    ) {
      try OutputFolder(creating: temporary.path)
    }
  }

  @Test(
    "an image's name has six digits or more",
    arguments: [(0, "000000.png"), (123, "000123.png"), (1_234_567, "1234567.png")])
  func imageNames(index: Int, name: String) throws {
    let folder = try OutputFolder(creating: temporary.path)
    let image = RGBImage.pattern(width: 4, height: 4)
    try folder.writeImage(image.pngData(), index: index)
    #expect(temporary.tree() == ["images", "images/\(name)"])
    #expect(try folder.readImage(index: index) == image)
  }

  @Test("an image that cannot be read back is named", arguments: [nil, "not a PNG"])
  func unreadable(contents: String?) throws {
    let folder = try OutputFolder(creating: temporary.path)
    if let contents { try temporary.write(contents, to: "images/000003.png") }
    #expect {
      try folder.readImage(index: 3)
    } throws: { error in
      "\(error)".hasPrefix("cannot read \(temporary.path)/images/000003.png: ")
    }
  }

  @Test("a full disk is reported with the file's path and leaves no part of it")
  func fullDisk() throws {
    let folder = try OutputFolder(creating: temporary.path)
    let partial = "\(folder.imagesPath)/.000005.png.partial"
    try #require(symlink("/dev/full", partial) == 0)
    let path = "\(folder.imagesPath)/000005.png"
    #expect(throws: OutputError.system(action: "write", path: path, code: ENOSPC)) {
      try folder.writeImage(Data([1, 2, 3]), index: 5)
    }
    #expect(temporary.tree() == ["images"])
  }

  @Test("what a killed job left half written is not an image, and is written anew")
  func stalePartial() throws {
    let folder = try OutputFolder(creating: temporary.path)
    try temporary.write("half a longer file", to: "images/.000005.png.partial")
    #expect(!temporary.tree().contains { $0.hasSuffix(".png") })
    try folder.writeImage(Data([1, 2, 3]), index: 5)
    #expect(temporary.tree() == ["images", "images/000005.png"])
    #expect(try temporary.contents(of: "images/000005.png") == Data([1, 2, 3]))
  }

  @Test("job.json has its keys sorted and its slashes unescaped")
  func job() throws {
    struct Settings: Encodable {
      let steps = 250
      let model = "/models/64x64.pt"
      let classes = [0, 1]
    }
    try OutputFolder(creating: temporary.path).writeJob(Settings())
    let text = try String(decoding: temporary.contents(of: "job.json"), as: UTF8.self)
    let places = ["classes", "/models/64x64.pt", "steps", "}\n"].map {
      text.range(of: $0)?.lowerBound
    }
    #expect(places.allSatisfy { $0 != nil })
    #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
  }

  @Test(
    "errors say what to do",
    arguments: [
      (OutputError.folderInUse(folder: "run", found: "job.json"), "choose another --out"),
      (.notAFolder(path: "run"), "choose another --out"),
      (.system(action: "write", path: "run/job.json", code: ENOSPC), "No space left on device"),
      (.system(action: "write", path: "run/job.json", code: EROFS), "Read-only file system"),
    ])
  func messages(error: OutputError, part: String) {
    #expect("\(error)".contains(part))
    #expect("\(error)".contains("run"))
  }
}
