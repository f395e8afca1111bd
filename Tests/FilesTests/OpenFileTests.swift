import Files
import Foundation
import TestSupport
import Testing

@Suite struct OpenFileTests {
  private let folder = try! TemporaryFolder()

  private func path(_ name: String) -> String { folder.url.appending(path: name).path }

  private func contents(of name: String) -> String? {
    FileManager.default.contents(atPath: path(name)).map { String(decoding: $0, as: UTF8.self) }
  }

  private func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: folder.url.appending(path: name))
  }

  @Test
  func `bytes written at an offset are read there, and a read stops at the end of the file`() throws
  {
    let file = try OpenFile(path("a"), O_RDWR | O_CREAT)
    try file.write(Array("hello".utf8), at: 2)
    try file.resize(to: 6)
    var bytes = [UInt8](repeating: 0xFF, count: 10)
    #expect(try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 1) } == 5)
    #expect(bytes == [0] + Array("hell".utf8) + [UInt8](repeating: 0xFF, count: 5))
  }

  @Test
  func `an error has the number and text of the system`() {
    let error = #expect(throws: SystemError.self) { try OpenFile(path("none"), O_RDONLY) }
    #expect(error == SystemError(ENOENT))
    #expect(error?.description == "No such file or directory")
    #expect(error?.isTransient == false)
    #expect(SystemError(ENOSPC).isTransient)
  }

  @Test
  func `a lock is refused while another holds it, and free after that is closed`() throws {
    var holder: OpenFile? = try OpenFile(path("a"), O_RDWR | O_CREAT)
    let other = try OpenFile(path("a"), O_RDWR)
    try holder?.lock(waits: true)
    #expect(throws: SystemError(EWOULDBLOCK)) { try other.lock(waits: false) }
    holder = nil
    try other.lock(waits: false)
  }

  @Test
  func `a file that was replaced is no longer at its path`() throws {
    let file = try OpenFile(path("a"), O_RDWR | O_CREAT)
    #expect(file.isAt(path("a")))
    try write("other", to: "b")
    try moveFile(path("b"), to: path("a"))
    #expect(!file.isAt(path("a")))
  }

  @Test
  func `closing twice does not close what was opened in between`() throws {
    let file = try OpenFile(path("a"), O_RDWR | O_CREAT)
    try file.close()
    let next = try OpenFile(path("b"), O_RDWR | O_CREAT)
    try file.close()
    #expect(try next.status().st_size == 0)
  }

  @Test
  func `a mapping shows the file even after it is removed, and an empty file has no bytes`() throws
  {
    try write("0123456789", to: "a")
    let file = try OpenFile(path("a"), O_RDWR)
    let mapping = try FileMapping(file, 0..<10, .reading)
    let writable = try FileMapping(file, 0..<10, .writing)
    writable.writableBytes[3] = UInt8(ascii: "x")
    unlink(path("a"))
    #expect(String(decoding: mapping.bytes, as: UTF8.self) == "012x456789")
    mapping.release(0..<10)
    #expect(mapping.bytes[3] == UInt8(ascii: "x"))
    #expect(try FileMapping(file, 0..<0, .privateReading).bytes.isEmpty)
  }

  @Test
  func `a file appears when it is complete, and replaces an older one and leftovers`() throws {
    try write("before", to: "a")
    try write("left from a process that was killed", to: ".a.partial")
    let file = try AtomicFile(temporaryPath: path(".a.partial"))
    try file.file.write(Array("after".utf8), at: 0)
    #expect(contents(of: "a") == "before")
    try file.commit(to: path("a"))
    #expect(contents(of: "a") == "after" && contents(of: ".a.partial") == nil)
  }

  @Test(arguments: [true, false])
  func `a file that is abandoned leaves nothing behind`(isUnique: Bool) throws {
    var file: AtomicFile? =
      isUnique
      ? try AtomicFile(template: path("XXXXXX"), suffix: ".known")
      : try AtomicFile(temporaryPath: path(".a.partial"))
    #expect(FileManager.default.fileExists(atPath: file!.temporaryPath))
    file = nil
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  @Test
  func `a link with the name of a temporary file is replaced, not followed`() throws {
    try write("someone's", to: "other")
    try FileManager.default.createSymbolicLink(
      atPath: path(".a.partial"), withDestinationPath: path("other"))
    try AtomicFile(temporaryPath: path(".a.partial")).file.write([1], at: 0)
    #expect(contents(of: "other") == "someone's")
  }

  @Test
  func `a shorter text in place of a longer one is followed by line feeds`() throws {
    try write("0123456789", to: "a")
    try InPlaceFile.overwrite(path("a"), with: Array("abc".utf8))
    #expect(contents(of: "a") == "abc\n\n\n\n\n\n\n")
    #expect(throws: SystemError(ENOENT)) { try InPlaceFile.overwrite(path("none"), with: [1]) }
    #expect(throws: SystemError.self) { try InPlaceFile.overwrite(folder.url.path, with: [1]) }
  }
}
