import Checkpoint
import Files

/// SHA-256 hashes of large files, computed once for each state of a file. The checksums in archives
/// are compared at the same time.
package struct FileHashes {
  private let memory: FileFacts?

  /// - Parameter folder: the folder that stores the hashes. Without one, they are computed every
  ///   time.
  package init(_ folder: CacheFolder?) {
    memory = folder.map(FileFacts.init)
  }

  /// Returns the hash of an open file as 64 hexadecimal digits.
  ///
  /// - Throws: `CheckpointError` if the file is a damaged archive. This is known only after hashing.
  package func sha256(of file: MappedFile) throws -> String {
    if let known = recall(file) { return known }
    let hash = try file.sha256()
    if file.identity.isStable && file.identity == FileIdentity(path: file.path) {
      memory?.store(hash + (file.isArchive ? Self.checked : ""), of: file.identity)
    }
    return hash
  }

  /// Stored with the hash of an archive whose checksums were compared. Earlier versions did not
  /// compare them.
  private static let checked = " intact"

  private func recall(_ file: MappedFile) -> String? {
    guard var known = memory?.load(file.identity) else { return nil }
    if file.isArchive {
      guard known.hasSuffix(Self.checked) else { return nil }
      known.removeLast(Self.checked.count)
    }
    return known.wholeMatch(of: /[0-9a-f]{64}/) != nil ? known : nil
  }
}
