import Cache
import Compute
import Foundation
import TestSupport
import Testing

@Suite struct WeightsCacheTests {
  @Test
  func `packed weights are mapped, and never packed again`() throws {
    let cache = try TestCache()
    #expect(try cache.made() == all)
    #expect(cache.notes == ["packing the weights of net.pt for this processor, once"])
    for _ in 0..<3 { #expect(try cache.made() == []) }
    #expect(cache.notes.count == 1)
    #expect(cache.files.filter { $0.hasSuffix(".weights") }.count == 1)
    #expect(!cache.files.contains { $0.hasSuffix(".partial") })
  }

  @Test
  func `the packing and the mapping process both continue if the file is removed`() throws {
    let cache = try TestCache()
    let (builder, sample) = (cache.store(), Sample())
    let built = try sample.take(from: builder).constants
    let reader = cache.store()
    let mapped = try sample.take(from: reader, making: { _ in Issue.record() }).constants
    try cache.folder.clear()
    #expect(cache.files.isEmpty)
    #expect(sample.isRight(built) && sample.isRight(mapped))
    withExtendedLifetime((builder, reader)) {}
    #expect(try cache.made() == all)
  }

  @Test
  func `each part of a host's memory has a copy, and all copies are listed`() throws {
    let first = try TestCache()
    let second = try TestCache(first.path, memory: 1)
    #expect(try first.made() == all && second.made() == all)
    #expect(try first.made() == [] && second.made() == [])
    let models = CacheListing(first.folder.entries).models
    #expect(models.map(\.entries.count) == [2])
    try first.folder.clear()
    #expect(first.files.isEmpty)
  }

  static let otherKeys: [@Sendable (inout PackedKey) -> Void] = [
    { $0.checkpoint = "c0ffef" }, { $0.configuration = "{ }" }, { $0.precision = "f32" },
    { $0.batchSize = 1 }, { $0.threads = 1 }, { $0.instructionSet = "avx512_core" },
    { $0.library = "3.1.1" }, { $0.program = "0.1.0 abd" },
  ]

  @Test(arguments: otherKeys.indices)
  func `weights with another key are never used`(index: Int) throws {
    let cache = try TestCache()
    _ = try cache.made()
    var other = PackedKey.test
    Self.otherKeys[index](&other)
    #expect(try cache.made(other, Sample(seed: 1)) == all)
    #expect(try cache.made(other, Sample(seed: 1)) == [])
    #expect(try cache.made() == [])
  }

  @Test
  func `a file with another key under this name is packed again`() throws {
    let (cache, other) = (try TestCache(), try TestCache())
    _ = try cache.made()
    var key = PackedKey.test
    key.threads = 8
    _ = try other.made(key, Sample(seed: 1))
    let name = cache.weights
    try FileManager.default.removeItem(atPath: name)
    try FileManager.default.moveItem(atPath: other.weights, toPath: name)
    #expect(try cache.made() == all)
    #expect(try cache.made() == [])
  }

  @Test
  func `constants in another layout are made by each rank, with one warning`() throws {
    let cache = try TestCache()
    _ = try cache.made()
    let (store, sample) = (cache.store(), Sample())
    let result = try sample.take(from: store, names: { [1: "other", 6: "other"][$0] })
    #expect(result.made == [1, 6])
    #expect(sample.isRight(result.constants))
    #expect(cache.warnings.count == 1)
    #expect(cache.warnings.first?.contains("2 of \(all.count) weights") == true)
    withExtendedLifetime(store) {}
  }

  @Test
  func `constants that a file lacks, or has in a smaller size, are made`() throws {
    let cache = try TestCache()
    func take(_ store: any ConstantStore, sizes: [Int]) throws -> [Int] {
      var made: [Int] = []
      for (index, size) in sizes.enumerated() {
        let place = try store.constant("constant", byteCount: size) {
          made.append(index)
          memset($0, 7, size)
        }
        #expect((0..<size).allSatisfy { place.load(fromByteOffset: $0, as: UInt8.self) == 7 })
      }
      try store.finish()
      return made
    }
    #expect(try take(cache.store(), sizes: [1, 4]) == [0, 1])
    #expect(try take(cache.store(), sizes: [1, 4]) == [])
    #expect(try take(cache.store(), sizes: [1, 5, 1]) == [1, 2])
    #expect(try take(cache.store(), sizes: [1]) == [])
  }

  struct Refusal: Error {}

  @Test
  func `weights that could not be made, or are wrong, are not kept`() throws {
    let cache = try TestCache()
    #expect(throws: Refusal.self) {
      try Sample().take(from: cache.store(), making: { if $0 == 5 { throw Refusal() } })
    }
    #expect(cache.files.isEmpty)
    #expect(throws: Refusal.self) { try Sample().take(from: cache.store { throw Refusal() }) }
    #expect(cache.files.isEmpty)
    #expect(try cache.made() == all)
  }

  @Test
  func `packing removes weights that were not used for long, and no other files`() throws {
    let cache = try TestCache()
    _ = try cache.made()
    let old = cache.weights
    try Data("mine".utf8).write(to: URL(filePath: cache.path + "/yolo.weights"))
    var times = [timespec](repeating: timespec(tv_sec: 1_000_000_000, tv_nsec: 0), count: 2)
    for name in cache.files { utimensat(AT_FDCWD, cache.path + "/" + name, &times, 0) }
    var key = PackedKey.test
    key.threads = 3
    _ = try cache.made(key)
    #expect(!FileManager.default.fileExists(atPath: old))
    #expect(cache.files.contains("yolo.weights"))
    #expect(try cache.made(key) == [])
  }

  @Test
  func `the folder can be listed, and clearing it removes only the program's own files`() throws {
    let cache = try TestCache()
    #expect(cache.folder.entries.isEmpty)
    _ = try cache.made()
    let entries = cache.folder.entries.filter { $0.name.hasSuffix(".weights") }
    #expect(entries.map(\.weights?.title) == ["net.pt"])
    #expect(entries.map(\.weights?.key) == [.test])
    #expect(entries.allSatisfy { $0.byteCount > Sample.sizes.reduce(0, +) })
    let others = ["yolo.weights", "diffuse-mpi-4294967294-0.weights", "a.known"]
    for name in others { try Data("mine".utf8).write(to: URL(filePath: cache.path + "/" + name)) }
    try cache.folder.clear()
    #expect(cache.files == others.sorted())
  }

  @Test
  func `only this user can read the cache`() throws {
    let cache = try TestCache()
    _ = try cache.made()
    for path in [cache.path] + cache.files.map({ cache.path + "/" + $0 }) {
      var status = stat()
      #expect(stat(path, &status) == 0 && status.st_mode & 0o077 == 0, "\(path)")
    }
  }
}
