import Files
import Foundation

/// A file that is being written under a temporary name, by one process at a time.
///
/// The lock is on the file itself, and is released when the process that holds it ends for any
/// reason. The next waiting process then gets it, and writes the file again.
final class PartialFile: Sendable {
  let file: OpenFile
  private let path: String

  /// Opens or creates the file at `path`, and locks it.
  ///
  /// - Parameter waits: whether to wait while another process is writing the file. Otherwise the
  ///   call then throws.
  /// - Returns: `nil` if the other process moved the file to its final path, or abandoned it.
  static func lock(_ path: String, waits: Bool) throws(CacheError) -> PartialFile? {
    let file = try CacheError.naming(
      path, try OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, permissions: 0o600))
    _ = try ReadOnlyMapping.ownStatus(file, path)
    try CacheError.naming(path, try file.lock(waits: waits))
    let partial = PartialFile(file, path)
    return file.isAt(path) ? partial : nil
  }

  private init(_ file: OpenFile, _ path: String) {
    self.file = file
    self.path = path
  }

  deinit { file.unlock() }

  func remove() {
    if file.isAt(path) { unlink(path) }
  }

  /// Moves the file to its final path, complete and written to the disk.
  ///
  /// - Returns: the identity of the file from now on.
  func move(to finalPath: String) throws(CacheError) -> FileIdentity {
    try CacheError.naming(finalPath, try file.synchronize())
    guard file.isAt(path) else { throw .system(path: path, code: ENOENT) }
    try CacheError.naming(finalPath, try moveFile(path, to: finalPath))
    return FileIdentity(try CacheError.naming(finalPath, try file.status()))
  }

  /// Maps `range`, which starts at a page, for writing. Reserves disk space for it.
  func map(_ range: Range<Int>) throws(CacheError) -> FileMapping {
    try CacheError.naming(path, try file.allocate(range))
    return try CacheError.naming(path, try FileMapping(file, range, .writing))
  }

  /// Reserves disk space for `byteCount` bytes.
  func reserve(_ byteCount: Int) throws(CacheError) {
    try CacheError.naming(path, try file.allocate(0..<byteCount))
  }

  /// Maps the first `byteCount` bytes, which exist.
  func mapForReading(_ byteCount: Int) throws(CacheError) -> FileMapping {
    try CacheError.naming(path, try FileMapping(file, 0..<byteCount, .reading))
  }

  func resize(to byteCount: Int) throws(CacheError) {
    try CacheError.naming(path, try file.resize(to: byteCount))
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(CacheError) {
    try CacheError.naming(path, try file.write(bytes, at: offset))
  }
}
