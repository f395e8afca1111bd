import Compute
import Foundation

/// Packed weights that the ranks of a node share, and that later jobs reuse.
package struct PackedCache {
  private let folder: CacheFolder
  private let ownCopies: String
  private let note: (CacheMessage) -> Void
  /// The start of the job, minus one tick of the clock that stamps files.
  private let start = Date(timeIntervalSinceNow: -0.1)

  /// - Parameters:
  ///   - ownCopies: what it costs if weights cannot be shared, for the warning.
  ///   - note: receives messages for the user. All ranks may send the same message.
  package init(
    _ folder: CacheFolder, ownCopies: String = Self.ownCopies,
    note: @escaping (CacheMessage) -> Void
  ) {
    self.folder = folder
    self.ownCopies = ownCopies
    self.note = note
  }

  package static let ownCopies = "each rank holds its own copy"

  /// Returns the store of the constants for `key`. If they are packed already, the file is mapped. If
  /// another process is packing them, this call waits. Otherwise the caller's plan packs them.
  ///
  /// If the folder cannot be used, the constants go to private memory, with a warning.
  ///
  /// - Parameters:
  ///   - checkpoint: the path of the file that they come from.
  ///   - verify: called after packing, before the file becomes visible to others. Throws if the
  ///     packed data does not match `key`.
  package func constants(
    for key: PackedKey, of checkpoint: String, verify: @escaping () throws -> Void
  ) -> any ConstantStore {
    let path = folder.path(of: key.fileName)
    do throws(CacheError) {
      if let known = known(path, key) { return known }
      try folder.make()
      guard let partial = try PartialFile.lock("\(path).partial") else {
        // The other process has moved the file to its final path, or has reported why it could not.
        return known(path, key) ?? PrivateConstants()
      }
      // It may have appeared while the partial file was created.
      if let known = known(path, key) {
        partial.remove()
        return known
      }
      let file = URL(fileURLWithPath: checkpoint)
      note(.packing(file: file.lastPathComponent))
      return try PackedFileWriter(
        partial, in: folder,
        .init(title: file.lastPathComponent, path: file.path, key: key, blocks: []),
        start: start, verify: verify, giveUp: warn)
    } catch {
      warn(error)
      return PrivateConstants()
    }
  }

  private func known(_ path: String, _ key: PackedKey) -> MappedConstants? {
    try? MappedConstants(path, key: key, memory: FileFacts(folder), warn: note)
  }

  private func warn(_ error: CacheError) {
    note(.notKept(reason: "\(error)", ownCopies: ownCopies))
  }
}
