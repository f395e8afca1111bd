import Files
import Foundation
import Job
import Output
import TestSupport
import Testing

@Suite("A file that the user named")
struct UserFileTests {
  private let folder = try! TemporaryFolder()

  private func path(_ name: String) -> String { folder.url.appending(path: name).path }

  private func text(_ name: String) throws -> String {
    try String(contentsOf: folder.url.appending(path: name), encoding: .utf8)
  }

  private func write(_ text: String, to name: String) throws {
    try UserFile(path(name), option: "--metrics").write(Data(text.utf8))
  }

  @Test(arguments: [nil, "old and longer"])
  func `a file is created, and then replaced atomically`(before: String?) throws {
    if let before { try Data(before.utf8).write(to: folder.url.appending(path: "m")) }
    let file = try UserFile(path("m"), option: "--metrics")
    for contents in ["first", "2nd"] {
      try file.write(Data(contents.utf8))
      #expect(try text("m") == contents)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["m"])
  }

  @Test(
    arguments: [
      ["link": "target"], ["link": "other", "other": "target"], ["link": "sub/target"],
      ["link": "sub/../target"],
    ], [true, false])
  func `a link stays a link, and its target is written`(links: [String: String], isThere: Bool)
    throws
  {
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "sub"), withIntermediateDirectories: true)
    for (link, target) in links { try #require(symlink(target, path(link)) == 0) }
    let target = try #require(links.values.first { $0.hasSuffix("target") })
    if isThere { try Data("old".utf8).write(to: folder.url.appending(path: target)) }
    try write("new", to: "link")
    #expect(FileKind.at(path("link"), followingLinks: false) == .link)
    #expect(FileKind.at(path(target), followingLinks: false) == .file)
    #expect(try text(target) == "new")
  }

  @Test
  func `a file of someone else with a temporary name stays`() throws {
    try Data("theirs".utf8).write(to: folder.url.appending(path: ".m.partial"))
    try write("new", to: "m")
    #expect(try text(".m.partial") == "theirs" && text("m") == "new")
  }

  @Test
  func `text written to a pipe reaches its reader, and a missing reader is not an error`() throws {
    try #require(mkfifo(path("p"), 0o600) == 0)
    let file = try UserFile(path("p"), option: "--metrics")
    try file.write(Data("to nobody".utf8))
    for round in 0..<2 {
      let reader = open(path("p"), O_RDONLY | O_NONBLOCK)
      try file.write(Data("round \(round)".utf8))
      var buffer = [UInt8](repeating: 0, count: 100)
      let count = read(reader, &buffer, buffer.count)
      #expect(String(decoding: buffer[..<max(0, count)], as: UTF8.self) == "round \(round)")
      close(reader)
      // The reader has closed the pipe.
      try file.write(Data("to nobody".utf8))
    }
    #expect(FileKind.at(path("p")) == .pipe)
  }

  @Test
  func `a reader that does not read blocks nobody`() throws {
    try #require(mkfifo(path("p"), 0o600) == 0)
    let reader = open(path("p"), O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let file = try UserFile(path("p"), option: "--metrics")
    for _ in 0..<100 { try file.write(Data(repeating: 0x61, count: 4000)) }
  }

  @Test
  func `/dev/null accepts everything, and /dev/full nothing`() throws {
    try UserFile("/dev/null", option: "--metrics").write(Data("x".utf8))
    #expect(FileKind.at("/dev/null") == .characterDevice)
    let full = try UserFile("/dev/full", option: "--metrics")
    let error = #expect(throws: (any Error).self) { try full.write(Data("x".utf8)) }
    #expect(error.map { "\($0)" } == "cannot write /dev/full: No space left on device")
  }

  @Test(arguments: [
    (".", 64, "is a folder"), ("new/", 64, "name a file"),
    ("absent/m", 73, "there is no folder"), ("file/m", 73, "Not a directory"),
    ("loop", 73, "symbolic links"), ("dead", 73, "there is no folder"),
  ])
  func `each path that cannot be written to has its own error`(
    name: String, status: Int32, part: String
  ) throws {
    try Data().write(to: folder.url.appending(path: "file"))
    try #require(symlink("loop", path("loop")) == 0 && symlink("/nowhere/m", path("dead")) == 0)
    let before = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    let error = #expect(throws: Failure.self) {
      try UserFile("\(folder.url.path)/\(name)", option: "--metrics")
    }
    #expect(error?.status.rawValue == status)
    #expect(error?.message.hasPrefix("--metrics ") == true && error?.message.contains(part) == true)
    #expect(error?.message.contains("--out") == false)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == before)
  }

  @Test(.enabled(if: getuid() != 0, "root may write anywhere"))
  func `a read-only file is refused, and a file in a read-only folder is overwritten`() throws {
    try Data("old and longer".utf8).write(to: folder.url.appending(path: "m"))
    chmod(path("m"), 0o400)
    let error = #expect(throws: Failure.self) { try UserFile(path("m"), option: "--metrics") }
    #expect(error?.status == .cannotWrite)
    chmod(path("m"), 0o600)
    chmod(folder.url.path, 0o500)
    defer { chmod(folder.url.path, 0o700) }
    try write("new", to: "m")
    #expect(try text("m").trimmingCharacters(in: .newlines) == "new")
  }
}
