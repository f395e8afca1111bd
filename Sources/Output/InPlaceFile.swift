import Foundation

/// Small files that are written over where they lie, because there is no room for a second one
/// beside them.
enum InPlaceFile {
  /// Replaces the contents of a file in one write that needs no new room on the disk; where the old
  /// contents were longer, line feeds fill the rest.
  ///
  /// - Returns: the code of an error, with which nothing is changed: the file is missing, is no
  ///   regular file, or has no room.
  static func overwrite(_ path: String, with data: Data) -> Int32? {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, FileKind(status) == .file else { return EINVAL }
    if let code = takeRoom(descriptor, status, count: data.count) { return code }
    let filler = [UInt8](repeating: 0x0A, count: max(0, Int(status.st_size) - data.count))
    let bytes = data + filler
    let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    return count == bytes.count ? nil : count < 0 ? errno : ENOSPC
  }

  /// Makes sure that the file's blocks can take so many bytes.
  private static func takeRoom(_ descriptor: Int32, _ status: stat, count: Int) -> Int32? {
    if count <= max(Int(status.st_size), Int(status.st_blocks) * 512) { return nil }
    let code = posix_fallocate(descriptor, 0, off_t(count))
    return code == 0 ? nil : code
  }
}
