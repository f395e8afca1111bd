import Foundation

/// Writes a file of this program's; errors name the file that it is to become.
///
/// Links are never followed and pipes and devices never opened: what lies at the place of one of
/// these files may have been put there by someone else.
final class FileWriter {
  private let descriptor: Int32
  private let path: String
  private var offset: Int
  private var isOpen = true

  /// Makes a new file in place of one that is left from an earlier attempt.
  ///
  /// - Parameter shownAs: the path in errors.
  init(creating path: String, shownAs: String? = nil) throws {
    self.path = shownAs ?? path
    offset = 0
    var file = Self.create(path)
    if file < 0 && errno == EEXIST && unlink(path) == 0 { file = Self.create(path) }
    descriptor = file
    guard descriptor >= 0 else {
      isOpen = false
      throw OutputError.system(action: "write", path: self.path, code: errno)
    }
  }

  /// Opens a file to add to it, or makes one.
  ///
  /// - Parameter offset: where to write; what the file holds from there on is cut off.
  init(appendingTo path: String, at offset: Int) throws {
    self.path = path
    self.offset = offset
    descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else {
      isOpen = false
      throw OutputError.system(action: "write", path: path, code: errno)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure() }
    guard FileKind(status) == .file else {
      throw OutputError.notAFile(path: path, kind: FileKind(status))
    }
    if status.st_size > offset {
      guard ftruncate(descriptor, off_t(offset)) == 0 else { throw failure() }
    }
  }

  deinit {
    if isOpen { Glibc.close(descriptor) }
  }

  private static func create(_ path: String) -> Int32 {
    open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var done = 0
    while done < bytes.count {
      let count = pwrite(
        descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw failure() }
      done += count
    }
    offset += bytes.count
  }

  func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try write($0) }
  }

  /// Writes over bytes that were written before.
  func overwrite(_ bytes: [UInt8], at place: Int) throws {
    let end = offset
    defer { offset = end }
    offset = place
    try write(bytes)
  }

  /// Waits until the disk has all of it.
  func synchronize() throws {
    guard fsync(descriptor) == 0 else { throw failure() }
  }

  /// Network file systems may report a full disk only here.
  func close() throws {
    isOpen = false
    guard Glibc.close(descriptor) == 0 else { throw failure() }
  }

  private func failure() -> OutputError {
    .system(action: "write", path: path, code: errno)
  }
}
