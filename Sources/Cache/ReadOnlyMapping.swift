import Files
import Foundation

/// A file of the cache that is mapped into memory. It must belong to this user.
final class ReadOnlyMapping {
  private let mapping: FileMapping
  /// The identity of the file when it was opened.
  let identity: FileIdentity

  var bytes: UnsafeRawBufferPointer { mapping.bytes }

  /// Maps the regular file at `path`.
  init(_ path: String) throws(CacheError) {
    let file = try CacheError.naming(path, try OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK))
    let status = try Self.ownStatus(file, path)
    guard status.st_size > 0 else { throw .damaged(path: path) }
    identity = FileIdentity(status)
    mapping = try CacheError.naming(
      path, try FileMapping(file, 0..<Int(status.st_size), .reading))
  }

  /// Returns the status of an open file. Throws if another user could have written it.
  static func ownStatus(_ file: OpenFile, _ path: String) throws(CacheError) -> stat {
    let status = try CacheError.naming(path, try file.status())
    guard FileKind(status) == .file, status.st_uid == geteuid(),
      status.st_mode & (S_IWGRP | S_IWOTH) == 0
    else { throw .foreign(path: path) }
    return status
  }
}
