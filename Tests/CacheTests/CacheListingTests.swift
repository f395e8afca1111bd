import Cache
import Foundation
import TestSupport
import Testing

@Suite struct CacheListingTests {
  /// Packs weights of a checkpoint, and makes them look last used `age` seconds ago.
  @discardableResult
  private func pack(
    _ cache: TestCache, checkpoint: String, batchSize: Int = 4, path: String = "/models/net.pt",
    limit: Int? = nil, age: Int = 0
  ) throws -> String {
    var key = PackedKey.test
    (key.checkpoint, key.batchSize) = (checkpoint, batchSize)
    let before = Set(cache.files)
    let store = PackedCache(CacheFolder(cache.path, limit: limit)) { _ in }
      .constants(for: key, of: path, verify: {})
    try Sample().take(from: store)
    let made = Set(cache.files).subtracting(before)
    for name in made { try makeOlder(cache.path + "/" + name, by: age) }
    return try #require(made.first { $0.hasSuffix(".weights") } as String?)
  }

  private func makeOlder(_ path: String, by age: Int) throws {
    var times = [timespec](repeating: timespec(tv_sec: time(nil) - age, tv_nsec: 0), count: 2)
    guard age == 0 || utimensat(AT_FDCWD, path, &times, 0) == 0 else {
      throw TestSetupError("cannot change the times of \(path)")
    }
  }

  private func size(_ cache: TestCache) -> Int {
    CacheListing(cache.folder.entries).byteCount
  }

  @Test
  func `weights are listed by model, the most recently used first`() throws {
    let cache = try TestCache()
    try pack(cache, checkpoint: "bbbbbbbb", path: "/models/z.pt")
    try pack(cache, checkpoint: "aaaaaaaa", batchSize: 1, path: "/models/a.pt", age: 500)
    try pack(cache, checkpoint: "aaaaaaaa", batchSize: 2, path: "/models/a.pt", age: 100)
    try pack(cache, checkpoint: "cccccccc", path: "/lib/unet.safetensors")
    try Data("?".utf8).write(
      to: URL(filePath: "\(cache.path)/diffuse-mpi-\(geteuid())-0.weights.partial"))
    let listing = CacheListing(cache.folder.entries, bundled: ["cccccccc": "fashion-mnist"])
    #expect(
      listing.models.map(\.title)
        == ["/models/a.pt", "/models/z.pt", "fashion-mnist (bundled), unet.safetensors"])
    let sizes = listing.models.map { $0.entries.compactMap(\.weights?.key.batchSize) }
    #expect(sizes == [[2, 1], [4], [4]])
    #expect(listing.others.map(\.byteCount) == [1])
    #expect(listing.byteCount == listing.models.reduce(1) { $0 + $1.byteCount })
  }

  @Test(
    arguments: [
      ("/models/a/net.pt", [0]), ("a/net.pt", [0]), ("net.pt", [0, 1]), ("net", [0, 1]),
      ("aaaaaa", [0]), ("AAAAAAAA", [0]), ("aaaaa", []), ("fashion-mnist", [2, 3]),
      ("unet.safetensors", [2]), ("", []), ("/", []), ("et.pt", []), ("models", []),
    ] as [(String, [Int])])
  func `a model can be named by its path, the end of its path, its hash, or as a bundled model`(
    name: String, found: [Int]
  ) throws {
    let cache = try TestCache()
    let checkpoints = ["aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd"]
    let paths = [
      "/models/a/net.pt", "/models/b/net.pt", "/lib/unet.safetensors",
      "/lib/classifier.safetensors",
    ]
    for (checkpoint, path) in zip(checkpoints, paths) {
      try pack(cache, checkpoint: checkpoint, path: path)
    }
    let listing = CacheListing(
      cache.folder.entries, bundled: ["cccccccc": "fashion-mnist", "dddddddd": "fashion-mnist"])
    let names = listing.models(named: name).map(\.checkpoint).sorted()
    #expect(names == found.map { checkpoints[$0] })
  }

  @Test
  func `removing the weights of one model keeps those of others`() throws {
    let cache = try TestCache()
    try pack(cache, checkpoint: "aaaaaaaa")
    try pack(cache, checkpoint: "aaaaaaaa", batchSize: 1)
    let kept = try pack(cache, checkpoint: "bbbbbbbb", path: "/models/other.pt")
    let listing = CacheListing(cache.folder.entries)
    for model in listing.models(named: "net.pt") { try cache.folder.remove(model.entries) }
    #expect(cache.files.filter { $0.hasSuffix(".weights") } == [kept])
  }

  @Test
  func `over the limit, the least recently used weights are removed when others are packed`() throws
  {
    let cache = try TestCache()
    let old = try pack(cache, checkpoint: "aaaaaaaa", age: 300)
    let older = try pack(cache, checkpoint: "bbbbbbbb", age: 600)
    let one = size(cache) / 2
    // There is space for two and a half.
    let new = try pack(cache, checkpoint: "cccccccc", limit: one * 5 / 2)
    #expect(Set(cache.files.filter { $0.hasSuffix(".weights") }) == [old, new])
    #expect(!cache.files.contains(older))
    // Nothing is removed without a limit, or while nothing is packed.
    try pack(cache, checkpoint: "dddddddd", age: 900)
    #expect(cache.files.filter { $0.hasSuffix(".weights") }.count == 3)
  }

  @Test
  func `mapping weights counts as use, so weights that a job has just used stay`() async throws {
    let cache = try TestCache()
    let used = try pack(cache, checkpoint: "aaaaaaaa", age: 600)
    let unused = try pack(cache, checkpoint: "bbbbbbbb", age: 300)
    var key = PackedKey.test
    key.checkpoint = "aaaaaaaa"
    // No facts are stored about a file that was changed a moment ago. A change of its times counts.
    try await Task.sleep(for: .seconds(2.1))
    let store = PackedCache(cache.folder) { _ in }.constants(
      for: key, of: "/models/net.pt", verify: {})
    #expect(try Sample().take(from: store).made == [])
    for name in cache.files where name.hasSuffix(".weights") {
      try makeOlder(cache.path + "/" + name, by: 600)
    }
    try pack(cache, checkpoint: "cccccccc", limit: size(cache) + 1)
    #expect(cache.files.contains(used) && !cache.files.contains(unused))
  }

  @Test
  func `weights that the same job has packed or used stay, even over the limit`() throws {
    let cache = try TestCache()
    let weights = PackedCache(CacheFolder(cache.path, limit: 1)) { _ in }
    for checkpoint in ["aaaaaaaa", "bbbbbbbb"] {
      var key = PackedKey.test
      key.checkpoint = checkpoint
      try Sample().take(from: weights.constants(for: key, of: "/models/net.pt", verify: {}))
    }
    #expect(cache.files.filter { $0.hasSuffix(".weights") }.count == 2)
  }

  @Test
  func `files without paths, written by earlier versions, can be listed`() throws {
    let cache = try TestCache()
    let name = try pack(cache, checkpoint: "aaaaaaaa")
    let file = URL(filePath: cache.path + "/" + name)
    let data = try Data(contentsOf: file)
    let first = Int(data.subdata(in: 8..<16).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
    let table = String(decoding: data[first...], as: UTF8.self)
      .replacing(#""path":"\/models\/net.pt","#, with: "")
      .replacing(#","path":"\/models\/net.pt""#, with: "")
    #expect(!table.contains("models"))
    let header = PackedFile.header(contents: Data(table.utf8), at: first)
    try (Data(header) + data[64..<first] + Data(table.utf8)).write(to: file)
    let listing = CacheListing(cache.folder.entries)
    #expect(listing.models.map(\.title) == ["net.pt"])
    #expect(listing.models(named: "net.pt").count == 1)
  }
}
