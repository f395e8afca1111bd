import Files
import Foundation
import TestSupport
import Testing

@Suite struct PathTests {
  private let folder = try! TemporaryFolder()

  private func path(_ name: String) -> String { folder.url.appending(path: name).path }

  @Test(arguments: [
    ("a", ".", "a"), ("a/b", "a", "b"), ("/a", "/", "a"), ("/a/b/c", "/a/b", "c"),
    ("a/", "a", ""), ("", ".", ""),
  ])
  func `a path has a folder and a name`(path: String, folder: String, name: String) {
    #expect(FilePlace(path).folder == folder)
    #expect(FilePlace(path).name == name)
  }

  @Test
  func `folders are created with their parents, and existing ones are unchanged`() throws {
    try Folders.make(path("a/b/c"), permissions: 0o700)
    try Folders.make(path("a/b/c"), permissions: 0o700)
    #expect(FileKind.at(path("a/b/c")) == .folder)
  }

  @Test
  func `an error names the folder that cannot be created`() throws {
    try Data().write(to: folder.url.appending(path: "file"))
    let error = #expect(throws: Folders.Failure.self) {
      try Folders.make(path("file/b"), permissions: 0o700)
    }
    #expect(error?.path == path("file/b") && error?.error == SystemError(ENOTDIR))
    #expect(throws: Folders.Failure.self) { try Folders.make("", permissions: 0o700) }
  }

  @Test
  func `a file's identity differs from that of another file, and changes with its contents`() throws
  {
    let places = ["a", "b"].map(path)
    for place in places { try Data("text".utf8).write(to: URL(filePath: place)) }
    let identities = places.compactMap { FileIdentity(path: $0) }
    #expect(identities.count == 2 && identities[0] != identities[1])
    #expect(FileIdentity(path: places[0]) == identities[0])
    try Data("longer text".utf8).write(to: URL(filePath: places[0]))
    #expect(FileIdentity(path: places[0]) != identities[0])
    #expect(FileIdentity(path: path("none")) == nil)
  }

  @Test(arguments: [
    (".a.png.partial", true), (".a.png.7-c0ffee.partial", true), ("a.png.partial", false),
    (".b.png.partial", false), (".partial", false), (".a.png", false),
  ])
  func `a temporary name shows the name that the file will get`(name: String, isOne: Bool) {
    #expect(TemporaryName.matches(name) { $0 == "a.png" } == isOne)
  }
}
