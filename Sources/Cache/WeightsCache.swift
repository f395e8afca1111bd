import Compute
import Foundation

/// Packed weights that the ranks of a node share, and later jobs find.
package struct WeightsCache {
  private let folder: CacheFolder
  private let ownCopies: String
  private let note: (String) -> Void
  /// When the job began, less a tick of the clock that stamps files.
  private let start = Date(timeIntervalSinceNow: -0.1)

  /// - Parameters:
  ///   - ownCopies: what it means when weights cannot be kept, for the warning.
  ///   - note: told what the user should know; all ranks may say the same.
  package init(
    _ folder: CacheFolder, ownCopies: String = Self.ownCopies,
    note: @escaping (String) -> Void
  ) {
    self.folder = folder
    self.ownCopies = ownCopies
    self.note = note
  }

  package static let ownCopies = "each rank holds its own copy"

  /// The store of the constants that `key` stands for: mapped where they are packed already,
  /// waited for where another process is at it, else to be packed by the plan that asks.
  ///
  /// Where the folder is of no use they go to the memory of this process, with a warning.
  ///
  /// - Parameters:
  ///   - checkpoint: the path of the file that they come from.
  ///   - verify: called when they are packed, before others may see them; throws when they are
  ///     not what `key` says.
  package func constants(
    for key: WeightsKey, of checkpoint: String, verify: @escaping () throws -> Void
  ) -> any ConstantStore {
    let path = folder.path(of: key.fileName)
    do throws(CacheError) {
      if let known = known(path, key) { return known }
      try folder.make()
      guard let partial = try PartialFile.lock("\(path).partial") else {
        // Whoever was waited for has moved it to its place, or could not keep it and said so.
        return known(path, key) ?? PrivateConstants()
      }
      // It may have come while the partial file was made.
      if let known = known(path, key) {
        partial.remove()
        return known
      }
      let file = URL(fileURLWithPath: checkpoint)
      note("packing the weights of \(file.lastPathComponent) for this processor, once")
      return try WeightsBuilder(
        partial, in: folder,
        .init(title: file.lastPathComponent, path: file.path, key: key, blocks: []),
        start: start, verify: verify, giveUp: warn)
    } catch {
      warn(error)
      return PrivateConstants()
    }
  }

  private func known(_ path: String, _ key: WeightsKey) -> MappedWeights? {
    try? MappedWeights(path, key: key, memory: FileMemory(folder), warn: note)
  }

  private func warn(_ error: CacheError) {
    note(
      "warning: packed weights cannot be kept: \(error); \(ownCopies). Choose another folder with "
        + "--weights-cache, or 'none'")
  }
}
