import Foundation

/// Writes a file from a place on; errors name the file that it is to become.
final class FileWriter {
  private let descriptor: Int32
  private let path: String
  private var offset: Int
  private var isOpen = true

  /// Opens or makes a file.
  ///
  /// - Parameters:
  ///   - offset: where to write; what the file holds from there on is cut off.
  ///   - shownAs: the path in errors.
  init(_ path: String, at offset: Int = 0, shownAs: String? = nil) throws {
    self.path = shownAs ?? path
    self.offset = offset
    descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else {
      isOpen = false
      throw OutputError.system(action: "open", path: self.path, code: errno)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure() }
    // Only regular files have a size to be cut.
    if status.st_mode & S_IFMT == S_IFREG && status.st_size > offset {
      guard ftruncate(descriptor, off_t(offset)) == 0 else { throw failure() }
    }
  }

  deinit {
    if isOpen { Glibc.close(descriptor) }
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
