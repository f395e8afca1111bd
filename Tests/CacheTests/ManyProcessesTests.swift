import Cache
import Foundation
import TestSupport
import Testing

/// Processes that need the same weights at the same time.
@Suite(.serialized) struct ManyProcessesTests {
  /// Appends a line to a file, atomically.
  static func log(_ line: String, to path: String) {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    _ = Array((line + "\n").utf8).withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    close(file)
  }

  static func lines(_ path: String) -> [String] {
    ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n")
      .map(String.init)
  }

  /// Waits until a process has begun to pack, lets it continue, and requests the same weights.
  private func join(_ folder: String) async throws -> (cache: TestCache, made: [Int]) {
    let cache = try TestCache(folder)
    for _ in 0..<3000 where !cache.files.contains(where: { $0.hasSuffix(".partial") }) {
      try await Task.sleep(for: .milliseconds(10))
    }
    try Data().write(to: URL(filePath: folder + "/go"))
    return (cache, try cache.made())
  }

  /// The other side of `join`: waits until another process is about to wait for the same weights.
  static func waitToBeJoined(_ folder: String) {
    while access(folder + "/go", F_OK) != 0 { usleep(5000) }
    usleep(500_000)
  }

  @Test
  func `one process packs, and the others map the weights as soon as it is done`() async throws {
    let (folder, logs) = (try TemporaryFolder(), try TemporaryFolder())
    let (path, log) = (folder.url.path, logs.url.appending(path: "log").path)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          await #expect(processExitsWith: .success) {
            [path = path as String, log = log as String] in
            let cache = try TestCache(path)
            let (store, sample) = (cache.store(), Sample())
            let (_, constants) = try sample.take(
              from: store,
              making: {
                Self.log("\($0)", to: log)
                usleep(30_000)
              })
            #expect(sample.isRight(constants))
            #expect(cache.warnings.isEmpty)
            Self.log("ready", to: log)
            for _ in 0..<2000 where Self.lines(log).count(where: { $0 == "ready" }) < 4 {
              usleep(10_000)
            }
            #expect(Self.lines(log).count { $0 == "ready" } == 4)
            withExtendedLifetime(store) {}
          }
        }
      }
    }
    #expect(Self.lines(log) == all.map { "\($0)" } + ["ready", "ready", "ready", "ready"])
    #expect(!(try TestCache(path)).files.contains { $0.hasSuffix(".partial") })
  }

  @Test
  func `if the packing process is killed, the next one takes over`() async throws {
    let folder = try TemporaryFolder()
    async let victim: Void = {
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.url.path as String] in
        try Sample().take(
          from: try TestCache(path).store(),
          making: {
            guard $0 == 6 else { return }
            Self.waitToBeJoined(path)
            kill(getpid(), SIGKILL)
          })
      }
    }()
    let (cache, made) = try await join(folder.url.path)
    #expect(made == all)
    await victim
    #expect(try cache.made() == [])
    #expect(cache.warnings.isEmpty)
    #expect(!cache.files.contains { $0.hasSuffix(".partial") })
  }

  @Test
  func `the partial file of a killed process is discarded`() async throws {
    let folder = try TemporaryFolder()
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.url.path as String] in
      // Different and longer contents.
      let store = try TestCache(path).store()
      _ = try store.constant("constant 0", byteCount: 1_000_000) {
        memset($0, 0xFF, 1_000_000)
        kill(getpid(), SIGKILL)
      }
    }
    let cache = try TestCache(folder.url.path)
    #expect(cache.files.contains { $0.hasSuffix(".partial") })
    #expect(try cache.made() == all)
    #expect(try cache.made() == [])
    #expect(!cache.files.contains { $0.hasSuffix(".partial") })
  }

  @Test
  func `if the packing process has no disk space, the others immediately pack for themselves`()
    async throws
  {
    let folder = try TemporaryFolder()
    async let victim: Void = {
      await #expect(processExitsWith: .success) { [path = folder.url.path as String] in
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 200_000, rlim_max: 200_000)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        let (cache, sample) = (try TestCache(path), Sample())
        let store = cache.store()
        let (_, constants) = try sample.take(
          from: store, making: { if $0 == 5 { Self.waitToBeJoined(path) } })
        #expect(sample.isRight(constants) && cache.warnings.count == 1)
        withExtendedLifetime(store) {}
      }
    }()
    let (cache, made) = try await join(folder.url.path)
    #expect(made == all)
    // The other process has shown the warning.
    #expect(cache.notes.isEmpty)
    await victim
  }
}
