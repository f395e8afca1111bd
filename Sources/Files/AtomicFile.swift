import Glibc

/// A file that appears complete or not at all: it is written under a temporary name, and renamed.
///
/// There is no fsync unless `file.synchronize()` is called: the rename alone keeps readers, and a
/// process that is killed, from leaving half a file, and waiting for the disk would cost more than
/// making a small one.
package final class AtomicFile {
  /// The file to write to.
  package let file: OpenFile
  /// Where it lies until `commit`.
  package let temporaryPath: String
  private var isCommitted = false

  /// Makes a new file in place of one that is left from an earlier attempt.
  package init(temporaryPath: String) throws(SystemError) {
    self.temporaryPath = temporaryPath
    file = try OpenFile(replacing: temporaryPath)
  }

  /// Makes a new file with a name that nobody else has, for this user alone.
  ///
  /// - Parameters:
  ///   - template: the path, with `XXXXXX` for what makes the name unique.
  ///   - suffix: what follows that.
  package init(template: String, suffix: String) throws(SystemError) {
    var path = Array((template + suffix).utf8CString)
    file = OpenFile(
      descriptor: try SystemError.check { mkstemps(&path, Int32(suffix.utf8.count)) })
    temporaryPath = path.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit {
    if !isCommitted { unlink(temporaryPath) }
  }

  /// Closes the file and gives it its final name, in place of a file that has it.
  package func commit(to path: String) throws(SystemError) {
    try file.close()
    try moveFile(temporaryPath, to: path)
    isCommitted = true
  }
}

/// Gives a file another name, in place of one that has it.
package func moveFile(_ path: String, to newPath: String) throws(SystemError) {
  _ = try SystemError.check { rename(path, newPath) }
}

extension OpenFile {
  /// Makes a new file to write to, in place of one that lies at `path`. Links are not followed.
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

/// Hidden names of files that are not complete yet: `.NAME.partial`, or `.NAME.TOKEN.partial` where
/// several processes may write the same file.
package enum TemporaryName {
  private static let ending = ".partial"

  package static func of(_ name: String) -> String { ".\(name)\(ending)" }

  package static func of(_ name: String, token: String) -> String { ".\(name).\(token)\(ending)" }

  /// One that nobody else has taken, for folders that may hold other people's files.
  package static func unique(_ name: String) -> String {
    of(name, token: String(UInt64.random(in: 0...(.max)), radix: 16))
  }

  /// Whether `name` is the temporary name of a file whose final name `isFinal` accepts.
  package static func matches(_ name: String, where isFinal: (String) -> Bool) -> Bool {
    guard name.hasPrefix("."), name.hasSuffix(ending), name.utf8.count > ending.utf8.count + 1
    else { return false }
    let body = name.dropFirst().dropLast(ending.count)
    if isFinal(String(body)) { return true }
    guard let dot = body.lastIndex(of: ".") else { return false }
    return isFinal(String(body[..<dot]))
  }
}

/// Small files that are written over where they lie, because there is no room for a second one
/// beside them.
package enum InPlaceFile {
  /// Replaces the contents of a file in one write that needs no new room on the disk; where the old
  /// contents were longer, line feeds fill the rest.
  ///
  /// - Throws: an error after which nothing is changed: the file is missing, is not a regular file
  ///   (`EINVAL`), or has no room.
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
