import Compute

/// Packed weights that the ranks of a node share, and later jobs find.
package struct WeightsCache {
  private let folder: CacheFolder
  private let note: (String) -> Void

  /// - Parameter note: told what the user should know; all ranks may say the same.
  package init(_ folder: CacheFolder, note: @escaping (String) -> Void) {
    self.folder = folder
    self.note = note
  }

  /// The store of the constants that `key` stands for: mapped where they are packed already,
  /// waited for where another process is at it, else to be packed by the plan that asks.
  ///
  /// Where the folder is of no use they go to the memory of this process, with a warning.
  ///
  /// - Parameters:
  ///   - title: what the weights are called.
  ///   - verify: called when they are packed, before others may see them; throws when they are
  ///     not what `key` says.
  package func constants(
    for key: WeightsKey, title: String, verify: @escaping () throws -> Void
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
      note("packing the weights of \(title) for this processor, once")
      return try WeightsBuilder(
        partial, in: folder, key: key, title: title, verify: verify, warn: note)
    } catch {
      note(Self.warning(error))
      return PrivateConstants()
    }
  }

  private func known(_ path: String, _ key: WeightsKey) -> MappedWeights? {
    try? MappedWeights(path, key: key, memory: FileMemory(folder), warn: note)
  }

  static func warning(_ error: CacheError) -> String {
    "warning: packed weights cannot be kept: \(error); each rank holds its own. Choose another "
      + "folder with --weights-cache, or 'none'"
  }
}
