import Checkpoint
import Files
import Hashing

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

  /// Returns the hash of a checkpoint: that of its file or, if it has several, of the lines that
  /// `sha256sum` prints for them in the order of their names.
  ///
  /// - Throws: the errors of `sha256(of: MappedFile)`.
  package func sha256(of files: CheckpointFiles) throws -> String {
    let all = files.all
    if all.count == 1 { return try sha256(of: all[0].file) }
    var lines = SHA256()
    for (name, file) in all { lines.update("\(try sha256(of: file))  \(name)\n") }
    return lines.hexadecimal
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
