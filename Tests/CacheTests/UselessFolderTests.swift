import Cache
import Foundation
import TestSupport
import Testing

/// Folders in which weights cannot be stored. The job continues in private memory, with one
/// warning.
@Suite struct UselessFolderTests {
  private func expectPrivate(_ cache: TestCache, says: String) throws {
    #expect(try cache.made() == all)
    #expect(cache.warnings.count == 1, "\(cache.notes)")
    #expect(cache.warnings.first?.contains(says) == true, "\(cache.notes)")
    #expect(cache.warnings.first?.contains("Choose another folder") == true)
  }

  @Test
  func `a folder that cannot be created is not used`() throws {
    try expectPrivate(TestCache("/proc/diffuse-mpi/cache"), says: "/proc/diffuse-mpi: No such file")
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "file").path
    try Data().write(to: URL(filePath: file))
    try expectPrivate(TestCache(file), says: "Not a directory")
    try expectPrivate(TestCache(file + "/cache"), says: "Not a directory")
  }

  @Test(.enabled(if: geteuid() != 0))
  func `a folder without write permission is not used`() throws {
    let folder = try TemporaryFolder()
    chmod(folder.url.path, 0o500)
    try expectPrivate(TestCache(folder.url.path), says: "Permission denied")
  }

  @Test
  func `a link where the partial file would be is not written through`() throws {
    let cache = try TestCache()
    _ = try cache.made()
    let weights = cache.weights
    try FileManager.default.removeItem(atPath: weights)
    let target = cache.path + "/precious"
    try Data("precious".utf8).write(to: URL(filePath: target))
    try FileManager.default.createSymbolicLink(
      atPath: weights + ".partial", withDestinationPath: target)
    try expectPrivate(TestCache(cache.path), says: "symbolic links")
    #expect(try Data(contentsOf: URL(filePath: target)) == Data("precious".utf8))
  }

  @Test(.enabled(if: geteuid() == 0))
  func `a partial file of another user is not used`() throws {
    let cache = try TestCache()
    _ = try cache.made()
    let weights = cache.weights
    try FileManager.default.moveItem(atPath: weights, toPath: weights + ".partial")
    chown(weights + ".partial", 12345, 12345)
    try expectPrivate(TestCache(cache.path), says: "belongs to another user")
  }

  @Test
  func `a limit on the size of files does not end the process`() async throws {
    let folder = try TemporaryFolder()
    await #expect(processExitsWith: .success) { [path = folder.url.path as String] in
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 200_000, rlim_max: 200_000)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let cache = try TestCache(path)
      #expect(try cache.made() == all)
      #expect(cache.files.isEmpty)
      #expect(cache.warnings.count == 1 && cache.warnings[0].contains("File too large"))
    }
  }

  /// On a file system of 256 KiB, which has space only for the first constants.
  @Test(.enabled(if: geteuid() == 0))
  func `a full disk does not end the process`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.url.path
    let mounted = try await TestProcess.run(
      URL(filePath: "/bin/mount"), ["-t", "tmpfs", "-o", "size=256k", "none", path])
    // Containers may not allow mounting.
    guard mounted.status == 0 else { return }
    await #expect(processExitsWith: .success) { [path = path as String] in
      let cache = try TestCache(path)
      let (store, sample) = (cache.store(), Sample())
      let (made, constants) = try sample.take(from: store)
      #expect(made == all && sample.isRight(constants))
      #expect(cache.files.isEmpty)
      #expect(cache.warnings.count == 1 && cache.warnings[0].contains("No space left"))
      withExtendedLifetime(store) {}
    }
    _ = try await TestProcess.run(URL(filePath: "/bin/umount"), [path])
  }

  @Test
  func `clearing the folder while weights are packed is harmless`() throws {
    let cache = try TestCache()
    let (store, sample) = (cache.store(), Sample())
    let (made, constants) = try sample.take(
      from: store, making: { if $0 == 4 { try cache.folder.clear() } })
    #expect(made == all && sample.isRight(constants))
    #expect(cache.warnings.count == 1)
    withExtendedLifetime(store) {}
    #expect(try cache.made() == all)
    #expect(try cache.made() == [])
  }
}
