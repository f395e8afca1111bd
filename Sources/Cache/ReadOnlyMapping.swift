import Checkpoint
import Foundation

/// A file of the cache mapped into memory: every process that maps it shares its pages, and they
/// stay when the file is removed.
///
/// A file that someone truncates while it is mapped is beyond what can be checked.
final class ReadOnlyMapping {
  let bytes: UnsafeRawBufferPointer
  /// Of the file when it was opened.
  let identity: FileIdentity

  /// Maps the regular file at `path`, which must be this user's own.
  init(_ path: String) throws(CacheError) {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard file >= 0 else { throw .system(path) }
    defer { close(file) }
    let count = try Self.ownSize(file, path)
    guard count > 0, let identity = FileIdentity(descriptor: file) else {
      throw .damaged(path: path)
    }
    guard let base = mmap(nil, count, PROT_READ, MAP_SHARED, file, 0), base != MAP_FAILED else {
      throw .system(path)
    }
    self.identity = identity
    bytes = UnsafeRawBufferPointer(start: base, count: count)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress!), bytes.count) }

  /// The size of an open file that nobody else can have written.
  static func ownSize(_ file: Int32, _ path: String) throws(CacheError) -> Int {
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .system(path) }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
      status.st_mode & (S_IWGRP | S_IWOTH) == 0
    else { throw .foreign(path: path) }
    return Int(status.st_size)
  }
}
