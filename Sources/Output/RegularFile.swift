import Foundation

/// Reads files that lie where this program's files belong, but that someone else may have put there:
/// a named pipe or a device is refused, never waited for.
package enum RegularFile {
  /// Reads a whole file, through links.
  ///
  /// - Parameter largest: bytes it may have.
  /// - Throws: `OutputError`; its code is ENOENT when nothing is there.
  package static func read(_ path: String, largest: Int = 1 << 32) throws(OutputError) -> Data {
    let (descriptor, size) = try open(path)
    defer { close(descriptor) }
    guard size <= largest else { throw .tooLarge(path: path, size: size) }
    return try read(descriptor, count: size, path)
  }

  /// Opens a file for reading, through links; to be closed by the caller.
  static func open(_ path: String) throws(OutputError) -> (descriptor: Int32, size: Int) {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw missing(path, errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, FileKind(status) == .file else {
      close(descriptor)
      throw .notAFile(path: path, kind: FileKind(status))
    }
    return (descriptor, Int(status.st_size))
  }

  private static func missing(_ path: String, _ code: Int32) -> OutputError {
    if code == ENOENT, let target = linkTarget(path) {
      return .deadLink(path: path, target: target)
    }
    // That of a socket.
    if code == ENXIO { return .notAFile(path: path, kind: .socket) }
    return .system(action: "read", path: path, code: code)
  }

  private static func read(
    _ descriptor: Int32, count: Int, _ path: String
  ) throws(OutputError) -> Data {
    var data = Data(count: count)
    var (done, failure) = (0, nil as Int32?)
    data.withUnsafeMutableBytes { buffer in
      while done < count {
        let read = Glibc.read(descriptor, buffer.baseAddress! + done, count - done)
        if read < 0 && errno == EINTR { continue }
        if read < 0 { failure = errno }
        guard read > 0 else { return }
        done += read
      }
    }
    if let failure { throw .system(action: "read", path: path, code: failure) }
    return data.prefix(done)
  }
}
