import Cache
import Checkpoint
import Foundation
import TestSupport
import Testing

@Suite struct FileHashesTests {
  private let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
  private let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

  private func hash(_ path: String, _ cache: TestCache?) throws -> String {
    try FileHashes(cache?.folder).sha256(of: MappedFile(path))
  }

  @Test(arguments: ["pipeline", "unet-bin-shards"])
  func `the hash of a folder covers all files that determine the network`(_ name: String) throws {
    let folders = Bundled.fixture("folders")
    let expected = try JSONDecoder().decode(
      [String: String].self, from: Data(contentsOf: folders.appending(path: "hashes.json")))
    let files = try CheckpointFiles(folders.appending(path: name).path)
    #expect(try FileHashes(nil).sha256(of: files) == expected[name])
  }

  /// Creates a file and waits until its last change is old enough.
  private func settledFile(_ folder: TemporaryFolder) async throws -> String {
    let path = folder.url.appending(path: "file").path
    try Data("abc".utf8).write(to: URL(filePath: path))
    try await Task.sleep(for: .seconds(2.1))
    return path
  }

  @Test
  func `hashes are right with and without a folder`() async throws {
    let (folder, cache) = (try TemporaryFolder(), try TestCache())
    let path = try await settledFile(folder)
    for _ in 0..<2 {
      #expect(try hash(path, cache) == abc)
      #expect(try hash(path, nil) == abc)
    }
  }

  @Test
  func `a hash is kept while the file is unchanged, and computed again when it changes`()
    async throws
  {
    let (folder, cache) = (try TemporaryFolder(), try TestCache())
    let path = try await settledFile(folder)
    _ = try hash(path, cache)
    let known = try #require(cache.files.first)
    // Another hash in its place shows that the stored hash is used.
    try edit(cache.path + "/" + known) { $0.replacing(abc, with: empty) }
    #expect(try hash(path, cache) == empty)
    // Size and modification time are unchanged. Only the inode's change time differs.
    let before = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.write(contentsOf: Data("abc".utf8))
    try file.close()
    try FileManager.default.setAttributes([.modificationDate: before!], ofItemAtPath: path)
    #expect(try hash(path, cache) == abc)
  }

  @Test(arguments: ["", "{", "[]", #"{"text":"0"}"#, String(repeating: "[", count: 100_000)])
  func `a damaged cache entry is not used`(text: String) async throws {
    let (folder, cache) = (try TemporaryFolder(), try TestCache())
    let path = try await settledFile(folder)
    _ = try hash(path, cache)
    let known = cache.path + "/" + (try #require(cache.files.first))
    try edit(known) { _ in text }
    #expect(try hash(path, cache) == abc)
    try edit(known) { $0.replacing(abc, with: abc.uppercased()) }
    #expect(try hash(path, cache) == abc)
    try edit(known) { $0.replacing(abc, with: "intact") }
    #expect(try hash(path, cache) == abc)
  }

  @Test
  func `a file that has just changed is hashed again next time`() throws {
    let (folder, cache) = (try TemporaryFolder(), try TestCache())
    let path = folder.url.appending(path: "file").path
    try Data("abc".utf8).write(to: URL(filePath: path))
    #expect(try hash(path, cache) == abc)
    #expect(cache.files.isEmpty)
  }

  /// A zip archive of one stored entry, `a`, that holds "abc" (PKWARE's APPNOTE).
  private static let archive: [UInt8] = {
    let description: [UInt8] =
      [20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xc2, 0x41, 0x24, 0x35, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0]
    return [0x50, 0x4b, 3, 4] + description + Array("aabc".utf8)
      + [0x50, 0x4b, 1, 2, 20, 0] + description + [UInt8](repeating: 0, count: 14)
      + Array("a".utf8)
      + [0x50, 0x4b, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0, 47, 0, 0, 0, 34, 0, 0, 0, 0, 0]
  }()

  @Test
  func `a stored hash is valid for an archive only if its checksums were compared`() async throws {
    let (folder, cache) = (try TemporaryFolder(), try TestCache())
    let path = folder.url.appending(path: "file").path
    try Data(Self.archive).write(to: URL(filePath: path))
    try await Task.sleep(for: .seconds(2.1))
    let right = try hash(path, cache)
    let known = cache.path + "/" + (try #require(cache.files.first))
    // Another hash in its place shows whether the stored hash is used.
    try edit(known) { $0.replacing(right, with: abc) }
    #expect(try hash(path, cache) == abc)
    // As stored by versions that did not compare checksums.
    try edit(known) { $0.replacing(" intact", with: "") }
    #expect(try hash(path, cache) == right)
    #expect(try hash(path, cache) == right)

    var damaged = Self.archive
    damaged[33] ^= 1
    try Data(damaged).write(to: URL(filePath: path))
    #expect(throws: CheckpointError.self) { try hash(path, cache) }
  }

  private func edit(_ path: String, _ change: (String) -> String) throws {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.truncate(atOffset: 0)
    try file.write(contentsOf: Data(change(text).utf8))
    try file.close()
  }
}
