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
    #expect(temporary.tree().last == name.split(separator: "/").joined(separator: "/"))
  }

  @Test("a folder without results is new, whatever else lies there")
  func existing() throws {
    try temporary.write("log", to: "slurm-17.out")
    try temporary.write("{}", to: "images/notes.txt")
    let folder = try OutputFolder(creating: temporary.path)
    #expect(try folder.earlierJob() == nil)
    #expect(try !folder.holdsImages())
  }

  @Test(
    "results that no job.json explains are refused by name and left as they were",
    arguments: [
      "contact-sheet.png", "images/000007.png", "images/003/000007.png", "images/metadata.jsonl",
      "shards/000000.tar", "shards/.000000.tar.partial", "shards/index.jsonl",
    ])
  func unexplained(name: String) throws {
    try temporary.write("theirs", to: name)
    let before = temporary.tree()
    let folder = try OutputFolder(creating: temporary.path)
    #expect(throws: OutputError.folderInUse(folder: temporary.path, found: name)) {
      try folder.earlierJob()
    }
    #expect(temporary.tree() == before)
    #expect(try temporary.contents(of: name) == Data("theirs".utf8))
  }

  @Test("a folder belongs to one job at a time, and to the next when that is gone")
  func lock() throws {
    var first: OutputFolder? = try OutputFolder(creating: temporary.path)
    #expect(try first?.earlierJob() == nil)
    var notes: [String] = []
    #expect(throws: OutputError.locked(folder: temporary.path)) {
      try OutputFolder(creating: temporary.path, patience: 0.2) { notes.append($0) }
    }
    #expect(notes == ["another job is using \(temporary.path); waiting up to 1 s"])
    first = nil
    _ = try OutputFolder(creating: temporary.path, patience: 0)
    #expect(temporary.tree().isEmpty)
  }

  @Test("all that a job made is removed, and nothing else")
  func removal() throws {
    let ours = [
      "job.json", "contact-sheet.png", "status.json", "timeline.svg", "samples_5x32x32x3.npz",
      ".job.json.partial", "images/000000.png", "images/1234567.png", "images/metadata.jsonl",
      "images/.000004.png.partial", "images/007/000009.png", "images/007/.000001.png.3-ab.partial",
      "shards/000000.tar", "shards/.000001.tar.partial", "shards/index.jsonl",
      "shards/metadata.jsonl",
    ]
    let theirs = [
      "slurm-1.out", "images/00001.png", "images/cat.png", "images/008/notes.txt", "data.npz",
    ]
    for name in ours + theirs { try temporary.write("x", to: name) }
    let folder = try OutputFolder(creating: temporary.path)
    #expect(try folder.earlierJob() == Data("x".utf8))
    #expect(try folder.holdsImages())
    try folder.removeEarlierJob()
    #expect(temporary.tree() == (theirs + ["images", "images/008"]).sorted())
    #expect(try folder.earlierJob() == nil)
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
      (
        OutputError.folderInUse(folder: "run", found: "images/000000.png"), "choose another --out"
      ),
      (.locked(folder: "run"), "another job is running"),
      (.notAFolder(path: "run"), "choose another --out"),
      (.system(action: "write", path: "run/job.json", code: ENOSPC), "No space left on device"),
      (.system(action: "write", path: "run/job.json", code: EROFS), "Read-only file system"),
    ])
  func messages(error: OutputError, part: String) {
    #expect("\(error)".contains(part))
    #expect("\(error)".contains("run"))
  }

  @Test(
    "a full disk and a file system that is away may pass; a wrong path does not",
    arguments: [
      (OutputError.system(action: "write", path: "x", code: ENOSPC), true),
      (.system(action: "write", path: "x", code: EDQUOT), true),
      (.system(action: "write", path: "x", code: ESTALE), true),
      (.system(action: "write", path: "x", code: ENOTDIR), false),
      (.locked(folder: "run"), false),
    ])
  func passing(error: OutputError, mayPass: Bool) {
    #expect(error.mayPass == mayPass)
  }
}
