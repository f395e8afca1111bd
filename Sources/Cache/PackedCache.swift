import Compute
import Foundation

/// Packed weights that the ranks of a node share, and that later jobs reuse.
package struct PackedCache {
  private let folder: CacheFolder
  private let ownCopies: String
  private let sharing: PackedSharing?
  private let note: (CacheMessage) -> Void
  /// The start of the job, minus one tick of the clock that stamps files.
  private let start = Date(timeIntervalSinceNow: -0.1)

  /// - Parameters:
  ///   - ownCopies: what it costs if weights cannot be shared, for the warning.
  ///   - sharing: the files that the ranks of the job pass to each other.
  ///   - note: receives messages for the user. All ranks may send the same message.
  package init(
    _ folder: CacheFolder, ownCopies: String = Self.ownCopies, sharing: PackedSharing? = nil,
    note: @escaping (CacheMessage) -> Void
  ) {
    self.folder = folder
    self.ownCopies = ownCopies
    self.sharing = sharing
    self.note = note
  }

  package static let ownCopies = "each rank holds its own copy"

  /// Returns the store of the constants for `key`. If they are packed already, the file is mapped. If
  /// another process is packing them, this call waits. If another rank has them, this call receives
  /// them. Otherwise the caller's plan packs them.
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
    let store = find(key) ?? make(key, of: checkpoint, verify: verify)
    if store is PrivateConstants { sharing?.offers.withdraw(key.fileName) }
    return store
  }

  private func make(
    _ key: PackedKey, of checkpoint: String, verify: @escaping () throws -> Void
  ) -> any ConstantStore {
    do throws(CacheError) {
      try folder.make()
      guard let partial = try lock(key) else {
        // The other process has moved the file to its final path, or has reported why it could not.
        return find(key) ?? PrivateConstants()
      }
      // It may have appeared while the partial file was created.
      if let known = find(key) {
        partial.remove()
        return known
      }
      if let received = try receive(key, into: partial) { return received }
      let file = URL(fileURLWithPath: checkpoint)
      note(.packing(file: file.lastPathComponent))
      return try PackedFileWriter(
        partial, in: folder,
        .init(title: file.lastPathComponent, path: file.path, key: key, blocks: []),
        start: start, verify: verify, keep: { offer(key) },
        giveUp: { error in
          sharing?.offers.withdraw(key.fileName)
          warn(error)
        })
    } catch {
      warn(error)
      return PrivateConstants()
    }
  }

  private func lock(_ key: PackedKey) throws(CacheError) -> PartialFile? {
    let path = "\(folder.path(of: key)).partial"
    guard let sharing else { return try PartialFile.lock(path, waits: true) }
    return try sharing.lock(key.fileName, at: path)
  }

  /// Maps the file in the folder, and offers it to other ranks.
  private func find(_ key: PackedKey) -> MappedConstants? {
    let found = try? MappedConstants(
      folder.path(of: key), key: key, memory: FileFacts(folder), warn: note)
    if found != nil { offer(key) }
    return found
  }

  private func offer(_ key: PackedKey) {
    sharing?.offers.offer(key.fileName, at: folder.path(of: key))
  }

  /// Receives the file from another rank. Returns `nil` if none has it, so that it has to be packed.
  private func receive(
    _ key: PackedKey, into partial: PartialFile
  ) throws(CacheError) -> (any ConstantStore)? {
    guard let sharing, let arrivals = sharing.arrivals else { return nil }
    let receiver = PackedFileReceiver(
      key: key, folder: folder, offers: sharing.offers, arrivals: arrivals)
    do throws(CacheError) {
      guard try receiver.receive(into: partial) else { return nil }
    } catch {
      partial.remove()
      throw error
    }
    folder.removeUnused(since: start)
    return find(key) ?? PrivateConstants()
  }

  private func warn(_ error: CacheError) {
    note(.notKept(reason: "\(error)", ownCopies: ownCopies))
  }
}
