import Files
import Foundation
import TestSupport
import Testing

@Suite struct PathTests {
  private let folder = try! TemporaryFolder()

  private func path(_ name: String) -> String { folder.url.appending(path: name).path }

  @Test(
    "a path is a folder and a name",
    arguments: [
      ("a", ".", "a"), ("a/b", "a", "b"), ("/a", "/", "a"), ("/a/b/c", "/a/b", "c"),
      ("a/", "a", ""), ("", ".", ""),
    ])
  func places(path: String, folder: String, name: String) {
    #expect(FilePlace(path).folder == folder)
    #expect(FilePlace(path).name == name)
  }

  @Test("folders are made with those above them, and left alone where they exist")
  func folders() throws {
    try Folders.make(path("a/b/c"), permissions: 0o700)
    try Folders.make(path("a/b/c"), permissions: 0o700)
    #expect(FileKind.at(path("a/b/c")) == .folder)
  }

  @Test("the folder that cannot be made is named")
  func unmakableFolders() throws {
    try Data().write(to: folder.url.appending(path: "file"))
    let error = #expect(throws: Folders.Failure.self) {
      try Folders.make(path("file/b"), permissions: 0o700)
    }
    #expect(error?.path == path("file/b") && error?.error == SystemError(ENOTDIR))
    #expect(throws: Folders.Failure.self) { try Folders.make("", permissions: 0o700) }
  }

  @Test("a file is not taken for another, nor for itself with other contents")
  func identities() throws {
    let places = ["a", "b"].map(path)
    for place in places { try Data("text".utf8).write(to: URL(filePath: place)) }
    let identities = places.compactMap { FileIdentity(path: $0) }
    #expect(identities.count == 2 && identities[0] != identities[1])
    #expect(FileIdentity(path: places[0]) == identities[0])
    try Data("longer text".utf8).write(to: URL(filePath: places[0]))
    #expect(FileIdentity(path: places[0]) != identities[0])
    #expect(FileIdentity(path: path("none")) == nil)
  }

  @Test(
    "temporary names are known by the name they will get",
    arguments: [
      (".a.png.partial", true), (".a.png.7-c0ffee.partial", true), ("a.png.partial", false),
      (".b.png.partial", false), (".partial", false), (".a.png", false),
    ])
  func temporaryNames(name: String, isOne: Bool) {
    #expect(TemporaryName.matches(name) { $0 == "a.png" } == isOne)
  }
}
