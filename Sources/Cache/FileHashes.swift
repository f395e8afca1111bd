import Checkpoint
import Files

/// SHA-256 hashes of large files, computed once for each state of a file; so are the checksums in
/// archives compared.
package struct FileHashes {
  private let memory: FileMemory?

  /// - Parameter folder: where to keep them; every time computed anew without one.
  package init(_ folder: CacheFolder?) {
    memory = folder.map(FileMemory.init)
  }

  /// The hash of an open file, in 64 hexadecimal digits.
  ///
  /// - Throws: `CheckpointError` when the file is an archive and not intact. That is known once its
  ///   hash is.
  package func sha256(of file: MappedFile) throws -> String {
    if let known = recall(file) { return known }
    let hash = try file.sha256()
    if file.identity.hasSettled && file.identity == FileIdentity(path: file.path) {
      memory?.keep(hash + (file.isArchive ? Self.checked : ""), of: file.identity)
    }
    return hash
  }

  /// Kept with the hash of an archive whose checksums were compared, which earlier versions did not
  /// do.
  private static let checked = " intact"

  private func recall(_ file: MappedFile) -> String? {
    guard var known = memory?.recall(file.identity) else { return nil }
    if file.isArchive {
      guard known.hasSuffix(Self.checked) else { return nil }
      known.removeLast(Self.checked.count)
    }
    return known.wholeMatch(of: /[0-9a-f]{64}/) != nil ? known : nil
  }
}
