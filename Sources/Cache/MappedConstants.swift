import Compute
import Foundation

/// The constants of a plan, in a file that was packed before.
final class MappedConstants: ConstantStore {
  private let path: String
  private let mapping: ReadOnlyMapping
  private let contents: PackedFile.Contents
  private var next = 0
  /// Constants that the file does not contain, or not in the form that this processor needs.
  private let own = PrivateConstants()
  private var ownCount = 0
  private let warn: (CacheMessage) -> Void

  /// The text that is stored about a file whose bytes were all checked.
  static let intact = "intact"

  /// Maps the file at `path`, and checks all its bytes unless this was done since its last change.
  ///
  /// - Parameter warn: receives the reason why ranks cannot share the file.
  /// - Throws: if the file does not exist, belongs to another user, is damaged, or has another key.
  init(
    _ path: String, key: PackedKey, memory: FileFacts, warn: @escaping (CacheMessage) -> Void
  ) throws(CacheError) {
    let mapping = try ReadOnlyMapping(path)
    guard let contents = PackedFile.contents(mapping.bytes), contents.key == key else {
      throw .damaged(path: path)
    }
    if memory.load(mapping.identity) != Self.intact {
      guard contents.blocks.allSatisfy({ $0.isIntact(in: mapping.bytes) }) else {
        throw .damaged(path: path)
      }
      if mapping.identity.isStable { memory.store(Self.intact, of: mapping.identity) }
    }
    self.path = path
    self.mapping = mapping
    self.contents = contents
    self.warn = warn
  }

  func constant(
    _ name: String, byteCount: Int, fill: (UnsafeMutableRawPointer) throws -> Void
  ) throws -> UnsafeRawPointer {
    defer { next += 1 }
    guard contents.blocks.indices.contains(next), contents.blocks[next].name == name,
      contents.blocks[next].byteCount == byteCount
    else {
      ownCount += 1
      return try own.constant(name, byteCount: byteCount, fill: fill)
    }
    return mapping.bytes.baseAddress! + contents.blocks[next].offset
  }

  func finish() {
    guard ownCount > 0 else { return }
    warn(.otherProcessor(path: path, own: ownCount, count: next))
  }
}
