import Foundation

/// Files that appear whole or not at all.
enum WholeFile {
  /// Writes `data` under a hidden temporary name beside its place and renames it there.
  static func write(_ data: some ContiguousBytes, folder: String, name: String) throws {
    try write(folder: folder, name: name) { writer in
      try data.withUnsafeBytes { try writer.write($0) }
    }
  }

  /// Writes what `content` writes.
  ///
  /// There is no fsync: the rename alone keeps readers, and a job that is killed, from leaving half
  /// a file, and waiting for the disk at every image would cost more than making a small one.
  ///
  /// - Parameter temporary: the temporary name, where it is not `.NAME.partial`.
  static func write(
    folder: String, name: String, temporary: String? = nil, content: (FileWriter) throws -> Void
  ) throws {
    let path = "\(folder)/\(name)"
    let partial = "\(folder)/\(temporary ?? TemporaryName.of(name))"
    let writer = try FileWriter(creating: partial, shownAs: path)
    do {
      try content(writer)
      try writer.close()
      guard rename(partial, path) == 0 else {
        throw OutputError.system(action: "write", path: path, code: errno)
      }
    } catch {
      unlink(partial)
      throw error
    }
  }
}
