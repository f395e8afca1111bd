import Checkpoint

/// SHA-256 hashes of large files, computed once for each state of a file.
package struct FileHashes {
  private let memory: FileMemory?

  /// - Parameter folder: where to keep them; every time computed anew without one.
  package init(_ folder: CacheFolder?) {
    memory = folder.map(FileMemory.init)
  }

  /// The hash of an open file, in 64 hexadecimal digits.
  package func sha256(of file: MappedFile) -> String {
    if let known = memory?.recall(file.identity), known.wholeMatch(of: /[0-9a-f]{64}/) != nil {
      return known
    }
    let hash = file.sha256()
    if file.identity.hasSettled && file.identity == FileIdentity(path: file.path) {
      memory?.keep(hash, of: file.identity)
    }
    return hash
  }
}
