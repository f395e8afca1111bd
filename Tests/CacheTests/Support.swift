import Cache
import Compute
import Foundation
import TestSupport

/// Constants of various sizes, as requested by a plan.
struct Sample {
  static let sizes = [1, 64, 100, 4096, 5000, 3, 300_000, 64 * 64, 70_001]
  /// Changes the contents.
  var seed = 0

  func name(_ index: Int) -> String { "constant \(index % 4)" }

  func byte(_ index: Int, _ place: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: (place &+ 7 &* index &+ seed) &* 2_654_435_761 >> 8)
  }

  /// Requests all constants from `store` in order, and returns the indices of those that were made.
  ///
  /// - Parameter making: called before each constant is made.
  @discardableResult
  func take(
    from store: any ConstantStore, names: (Int) -> String? = { _ in nil },
    making: (Int) throws -> Void = { _ in }
  ) throws -> (made: [Int], constants: [UnsafeRawBufferPointer]) {
    var made: [Int] = []
    let constants = try Self.sizes.enumerated().map { index, size in
      let start = try store.constant(names(index) ?? name(index), byteCount: size) { place in
        try making(index)
        made.append(index)
        for i in 0..<size {
          guard place.load(fromByteOffset: i, as: UInt8.self) == 0 else {
            throw TestSetupError("constant \(index) does not begin as zeros")
          }
          place.storeBytes(of: byte(index, i), toByteOffset: i, as: UInt8.self)
        }
      }
      return UnsafeRawBufferPointer(start: start, count: size)
    }
    try store.finish()
    return (made, constants)
  }

  func isRight(_ constants: [UnsafeRawBufferPointer]) -> Bool {
    constants.enumerated().allSatisfy { index, bytes in
      Int(bitPattern: bytes.baseAddress) % 64 == 0 && bytes.count == Self.sizes[index]
        && bytes.indices.allSatisfy { bytes[$0] == byte(index, $0) }
    }
  }
}

/// A cache in its own folder, and its messages for the user.
final class TestCache {
  let path: String
  private(set) var notes: [String] = []
  private let parent: TemporaryFolder?

  private let memory: Int

  /// - Parameters:
  ///   - path: the path of the cache, or `nil` for a new folder.
  ///   - memory: the part of the host's memory that the process is near.
  init(_ path: String? = nil, memory: Int = 0) throws {
    self.memory = memory
    parent = path == nil ? try TemporaryFolder() : nil
    self.path = path ?? parent!.url.appending(path: "a/cache").path
  }

  var folder: CacheFolder { CacheFolder(path).near(memory: memory) }
  var files: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
  /// The path of the only file of packed weights.
  var weights: String {
    path + "/"
      + (files.first { $0.hasPrefix("diffuse-mpi-") && $0.hasSuffix(".weights") } ?? "none")
  }
  var warnings: [String] { notes.filter { $0.hasPrefix("warning: ") } }

  func store(
    _ key: PackedKey = .test, verify: @escaping () throws -> Void = {}
  ) -> any ConstantStore {
    PackedCache(folder) { self.notes.append("\($0)") }
      .constants(for: key, of: "/models/net.pt", verify: verify)
  }

  /// Prepares the sample's constants, checks them, and returns the indices of those that were made.
  func made(_ key: PackedKey = .test, _ sample: Sample = Sample()) throws -> [Int] {
    let store = store(key)
    let (made, constants) = try sample.take(from: store)
    guard sample.isRight(constants) else { throw TestSetupError("the constants are not right") }
    withExtendedLifetime(store) {}
    return made
  }
}

extension PackedKey {
  static var test: PackedKey {
    PackedKey(
      checkpoint: "c0ffee", configuration: "{}", precision: "bf16", batchSize: 4, threads: 2,
      instructionSet: "avx2", library: "2.6.3", program: "0.1.0 abc")
  }
}

let all = Array(Sample.sizes.indices)
