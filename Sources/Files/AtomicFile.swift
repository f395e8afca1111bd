import Glibc

/// A file that appears complete or not at all: it is written under a temporary name and then
/// renamed.
///
/// There is no fsync unless `file.synchronize()` is called. The rename is enough to keep readers
/// and killed processes from leaving half a file, and waiting for the disk would cost more than
/// generating a small file.
package final class AtomicFile {
  /// The file to write to.
  package let file: OpenFile
  /// The path of the file until `commit`.
  package let temporaryPath: String
  private var isCommitted = false

  /// Creates a file, and replaces one that was left by an earlier attempt.
  package init(temporaryPath: String) throws(SystemError) {
    self.temporaryPath = temporaryPath
    file = try OpenFile(replacing: temporaryPath)
  }

  /// Creates a file with a unique name, accessible to this user only.
  ///
  /// - Parameters:
  ///   - template: the path, with `XXXXXX` in place of the unique part.
  ///   - suffix: the text after the unique part.
  package init(template: String, suffix: String) throws(SystemError) {
    var path = Array((template + suffix).utf8CString)
    file = OpenFile(
      descriptor: try SystemError.check { mkstemps(&path, Int32(suffix.utf8.count)) })
    temporaryPath = path.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit {
    if !isCommitted { unlink(temporaryPath) }
  }

  /// Closes the file and gives it its final name. Replaces an existing file with that name.
  package func commit(to path: String) throws(SystemError) {
    try file.close()
    try moveFile(temporaryPath, to: path)
    isCommitted = true
  }
}

/// Renames a file. Replaces an existing file with the new name.
package func moveFile(_ path: String, to newPath: String) throws(SystemError) {
  _ = try SystemError.check { rename(path, newPath) }
}

extension OpenFile {
  /// Creates a file for writing, and replaces an existing one at `path`. Links are not followed.
  package convenience init(replacing path: String) throws(SystemError) {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    do {
      try self.init(path, flags)
    } catch {
      guard error.code == EEXIST, unlink(path) == 0 else { throw error }
      try self.init(path, flags)
    }
  }
}

/// Hidden names of files that are not complete yet: `.NAME.partial`, or `.NAME.TOKEN.partial` if
/// several processes may write the same file.
package enum TemporaryName {
  private static let ending = ".partial"

  package static func of(_ name: String) -> String { ".\(name)\(ending)" }

  package static func of(_ name: String, token: String) -> String { ".\(name).\(token)\(ending)" }

  /// Returns an unused name, for folders that may hold other people's files.
  package static func unique(_ name: String) -> String {
    of(name, token: String(UInt64.random(in: 0...(.max)), radix: 16))
  }

  /// Returns whether `name` is the temporary name of a file whose final name `isFinal` accepts.
  package static func matches(_ name: String, where isFinal: (String) -> Bool) -> Bool {
    guard name.hasPrefix("."), name.hasSuffix(ending), name.utf8.count > ending.utf8.count + 1
    else { return false }
    let body = name.dropFirst().dropLast(ending.count)
    if isFinal(String(body)) { return true }
    guard let dot = body.lastIndex(of: ".") else { return false }
    return isFinal(String(body[..<dot]))
  }
}

/// Small files that are overwritten in place, because the disk has no space for a second copy.
package enum InPlaceFile {
  /// Replaces the contents of a file in one write that needs no new disk space. If the old contents
  /// were longer, line feeds fill the rest.
  ///
  /// - Throws: an error if the file is missing, is not a regular file (`EINVAL`), or has no space.
  ///   The file is then unchanged.
  package static func overwrite(
    _ path: String, with bytes: some Collection<UInt8>
  ) throws(SystemError) {
    let file = try OpenFile(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK)
    let status = try file.status()
    guard FileKind(status) == .file else { throw SystemError(EINVAL) }
    if bytes.count > max(Int(status.st_size), Int(status.st_blocks) * 512) {
      try file.allocate(0..<bytes.count)
    }
    let filler = repeatElement(0x0A as UInt8, count: max(0, Int(status.st_size) - bytes.count))
    let contents = Array(bytes) + filler
    let count = pwrite(file.descriptor, contents, contents.count, 0)
    guard count >= 0 else { throw .last }
    guard count == contents.count else { throw SystemError(ENOSPC) }
  }
}
