import Foundation
import Glibc
import Output
import TestSupport
import Testing

@Suite("The output folder")
struct OutputFolderTests {
  let temporary = try! TemporaryFolder()

  @Test(arguments: ["run", "a/b/run", "run/"])
  func `the folder and its parents are created`(name: String) throws {
    let folder = try OutputFolder(creating: "\(temporary.path)/\(name)")
    #expect(!folder.path.hasSuffix("/"))
    #expect(temporary.tree().last == name.split(separator: "/").joined(separator: "/"))
  }

  @Test
  func `a folder without results is new, even if it contains other files`() throws {
    try temporary.write("log", to: "slurm-17.out")
    try temporary.write("{}", to: "images/notes.txt")
    let folder = try OutputFolder(creating: temporary.path)
    #expect(try folder.earlierJob() == nil)
    #expect(try !folder.holdsImages())
  }

  static let takenNames = [
    "contact-sheet.png", "status.json", "timeline.svg", "labels.csv",
    "metadata.jsonl", "shards-index.jsonl", "samples_5x32x32x3.npz", ".status.json.partial",
    "images/000007.png", "images/003/000007.png", "images/metadata.jsonl",
    "images/.000001.png.partial", "images/.000001.png.2-ab.partial", "shards/000000.tar",
    "shards/.000000.tar.partial", "shards/index.jsonl",
  ]

  @Test(arguments: takenNames)
  func `in a folder without job.json, a file with a name that a job uses is refused by name`(
    name: String
  ) throws {
    try temporary.write("theirs", to: name)
    let before = temporary.tree()
    let folder = try OutputFolder(creating: temporary.path)
    #expect(throws: OutputError.folderInUse(folder: temporary.path, found: name)) {
      try folder.earlierJob()
    }
    #expect(temporary.tree() == before)
    #expect(try temporary.contents(of: name) == Data("theirs".utf8))
  }

  @Test(arguments: ["/dev/null", "/nowhere", "."])
  func `a link with a name that a job uses is refused, wherever it leads`(target: String) throws {
    try #require(symlink(target, "\(temporary.path)/status.json") == 0)
    let folder = try OutputFolder(creating: temporary.path)
    #expect(throws: OutputError.folderInUse(folder: temporary.path, found: "status.json")) {
      try folder.earlierJob()
    }
  }

  @Test(arguments: [
    "Images/000001.png", "images/1.png", "images/.hidden.partial", "images/0a/000001.png",
    "samples_5x32x16x3.npz", "samples_a.npz", "shards/data.tar", "status.json.bak",
    "labels.txt", ".x.partial",
  ])
  func `files with other names are ignored`(name: String) throws {
    try temporary.write("theirs", to: name)
    let folder = try OutputFolder(creating: temporary.path)
    #expect(try folder.earlierJob() == nil)
    try folder.writeJob(["program": "diffuse-mpi"])
    try folder.removeTemporaryFiles()
    try folder.removeEarlierJob()
    #expect(try temporary.contents(of: name) == Data("theirs".utf8))
  }

  @Test
  func `a partial job.json that was never complete is removed`() throws {
    try temporary.write("{", to: ".job.json.0123456789abcdef.partial")
    let folder = try OutputFolder(creating: temporary.path)
    #expect(try folder.earlierJob() == nil)
    try folder.removeTemporaryFiles()
    #expect(temporary.tree().isEmpty)
  }

  @Test(arguments: [
    "", "{}", "[1]", "\u{0}", #"{"program": "other"}"#, #"{"name": "diffuse-mpi"}"#,
  ])
  func `a job.json of another program is refused, even with --overwrite`(text: String) throws {
    try temporary.write(text, to: "job.json")
    let folder = try OutputFolder(creating: temporary.path)
    #expect(throws: OutputError.foreignJob(path: "\(temporary.path)/job.json")) {
      try folder.earlierJob()
    }
  }

  @Test
  func `a truncated job.json of this program is recognised`() throws {
    try OutputFolder(creating: temporary.path).writeJob(["program": "diffuse-mpi", "z": "…"])
    let json = try temporary.contents(of: "job.json")
    try json.dropLast(5).write(to: URL(filePath: "\(temporary.path)/job.json"))
    #expect(try OutputFolder(creating: temporary.path).earlierJob() == json.dropLast(5))
  }

  /// Something that is not a file, in the place of a file.
  enum Special: CaseIterable {
    case pipe, socket, folder, deadLink, loop

    func make(_ path: String) throws {
      switch self {
      case .pipe: try #require(mkfifo(path, 0o600) == 0)
      case .folder: try #require(mkdir(path, 0o700) == 0)
      case .deadLink: try #require(symlink("/nowhere/x", path) == 0)
      case .loop: try #require(symlink(path, path) == 0)
      case .socket:
        // The path of a socket must be short.
        let file = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let short = "/tmp/dmpi-\(UInt32.random(in: 0...(.max)))"
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: &address) {
          $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(file, $0, size) }
        }
        try #require(bound == 0 && rename(short, path) == 0)
      }
    }
  }

  @Test(arguments: Special.allCases)
  func `a job.json that is not a file is refused without waiting`(special: Special) throws {
    try special.make("\(temporary.path)/job.json")
    let folder = try OutputFolder(creating: temporary.path)
    let error = #expect(throws: OutputError.self) { try folder.earlierJob() }
    #expect(error?.description.contains("\(temporary.path)/job.json") == true)
    #expect(throws: OutputError.self) { try OutputFolder.readJob(in: temporary.path) }
    #expect(throws: OutputError.self) { try StatusFile.read(in: temporary.path) }
  }

  @Test(arguments: Special.allCases.filter { $0 != .folder })
  func `an output path that is not a folder is refused`(special: Special) throws {
    let path = "\(temporary.path)/out"
    try special.make(path)
    for place in [path, path + "/sub"] {
      let error = #expect(throws: OutputError.self) { try OutputFolder(creating: place) }
      #expect(error?.description.hasPrefix(path) == true)
    }
  }

  @Test
  func `a link to a folder is treated as the folder`() throws {
    try #require(mkdir("\(temporary.path)/real", 0o700) == 0)
    try #require(symlink("real", "\(temporary.path)/out") == 0)
    let folder = try OutputFolder(creating: "\(temporary.path)/out")
    try folder.writeJob(["program": "diffuse-mpi"])
    #expect(temporary.tree() == ["out", "real", "real/job.json"])
  }

  @Test
  func `a folder belongs to one job at a time, and is free when that job has ended`() throws {
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

  @Test
  func `only files that a job made are removed`() throws {
    let ours = [
      "job.json", "contact-sheet.png", "status.json", "timeline.svg", "samples_5x32x32x3.npz",
      ".job.json.partial", "images/000000.png", "images/1234567.png", "images/metadata.jsonl",
      "images/.000004.png.partial", "images/007/000009.png", "images/007/.000001.png.3-ab.partial",
      "shards/000000.tar", "shards/.000001.tar.partial", "shards/index.jsonl",
      "shards/metadata.jsonl", "metadata.jsonl", "shards-index.jsonl", "labels.csv",
    ]
    let theirs = [
      "slurm-1.out", "images/00001.png", "images/cat.png", "images/008/notes.txt", "data.npz",
      "images/.x.partial", "index.html",
    ]
    for name in ours + theirs { try temporary.write("x", to: name) }
    let json = Data(#"{"program": "diffuse-mpi"}"#.utf8)
    try json.write(to: URL(filePath: "\(temporary.path)/job.json"))
    let folder = try OutputFolder(creating: temporary.path)
    #expect(try folder.earlierJob() == json)
    #expect(try folder.holdsImages())
    try folder.removeEarlierJob()
    #expect(temporary.tree() == (theirs + ["images", "images/008"]).sorted())
    #expect(try folder.earlierJob() == nil)
  }

  @Test
  func `without shards, a metadata.jsonl next to images belongs to someone else`() throws {
    for name in ["metadata.jsonl", "images/000000.png"] { try temporary.write("x", to: name) }
    let folder = try OutputFolder(creating: temporary.path)
    try folder.writeJob(["program": "diffuse-mpi"])
    try folder.removeEarlierJob()
    #expect(temporary.tree() == ["metadata.jsonl"])
  }

  @Test
  func `an interrupted removal of a job with shards can be repeated`() throws {
    for name in ["metadata.jsonl", "shards-index.jsonl", "shards/000000.tar"] {
      try temporary.write("x", to: name)
    }
    let folder = try OutputFolder(creating: temporary.path)
    try folder.writeJob(["program": "diffuse-mpi"])
    // A folder cannot be removed like a file, so the removal stops there.
    let obstacle = "\(temporary.path)/status.json"
    try #require(mkdir(obstacle, 0o700) == 0)
    #expect(throws: OutputError.self) { try folder.removeEarlierJob() }
    #expect(try folder.earlierJob() != nil)
    try #require(rmdir(obstacle) == 0)
    try folder.removeEarlierJob()
    #expect(temporary.tree().isEmpty)
  }

  @Test(arguments: [
    ("images/000003.png", true), ("images/000002.png", false), ("images/000/000002.png", true),
    ("images/cat.png", false), ("shards/000001.tar", true), ("shards/000000.tar", false),
  ])
  func `images that are not in the plan are found`(name: String, isUnplanned: Bool) throws {
    try temporary.write("x", to: name)
    let folder = try OutputFolder(creating: temporary.path)
    let found = try OutputFolder.firstImage(in: folder.path, notIn: .plain(count: 3))
    #expect(found == (isUnplanned ? name : nil))
  }

  @Test(arguments: ["file", "file/run", "file/a/b"])
  func `a path at or below a file is refused`(name: String) throws {
    try temporary.write("theirs", to: "file")
    #expect(throws: OutputError.notAFolder(path: "\(temporary.path)/file")) {
      try OutputFolder(creating: "\(temporary.path)/\(name)")
    }
    #expect(try temporary.contents(of: "file") == Data("theirs".utf8))
  }

  @Test(arguments: ["/proc/run", "/sys/run", ""])
  func `a folder that cannot be created is refused`(path: String) {
    #expect {
      try OutputFolder(creating: path)
    } throws: { error in
      "\(error)".hasPrefix("cannot create the folder \(path)")
    }
  }

  @Test(.enabled(if: getuid() != 0, "root may write anywhere"))
  func `a folder without write permission is refused`() throws {
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

  @Test
  func `job.json has its keys sorted and its slashes unescaped`() throws {
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

  @Test(arguments: [
    (
      OutputError.folderInUse(folder: "run", found: "images/000000.png"), "choose another folder"
    ),
    (.locked(folder: "run"), "another job is running"),
    (.notAFolder(path: "run"), "choose another folder"),
    (.foreignJob(path: "run/job.json"), "choose another folder"),
    (.notAFile(path: "run/job.json", kind: .pipe), "is a named pipe"),
    (.deadLink(path: "run", target: "/gone"), "a link to /gone, which does not exist"),
    (.system(action: "write", path: "run/job.json", code: EDQUOT), "quota -s"),
    (.system(action: "write", path: "run/job.json", code: EFBIG), "File too large; "),
    (.system(action: "write", path: "run/job.json", code: ENOENT), "its folder was removed"),
    (.system(action: "write", path: "run/job.json", code: ENOSPC), "No space left on device"),
    (.system(action: "write", path: "run/job.json", code: EROFS), "Read-only file system"),
  ])
  func `errors say what to do`(error: OutputError, part: String) {
    #expect("\(error)".contains(part))
    #expect("\(error)".contains("run"))
  }

  @Test(arguments: [
    (OutputError.system(action: "write", path: "x", code: ENOSPC), true),
    (.system(action: "write", path: "x", code: EDQUOT), true),
    (.system(action: "write", path: "x", code: ESTALE), true),
    (.system(action: "write", path: "x", code: ENOTDIR), false),
    (.locked(folder: "run"), false),
  ])
  func `a full disk and a missing file system are temporary, but a wrong path is not`(
    error: OutputError, isTransient: Bool
  ) {
    #expect(error.isTransient == isTransient)
  }
}
