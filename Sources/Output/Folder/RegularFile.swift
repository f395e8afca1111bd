import Files
import Foundation

/// Reads files at the paths of this program's files. Someone else may have put something else
/// there, so named pipes and devices are rejected without waiting for them.
package enum RegularFile {
  /// Reads a complete file. Follows links.
  ///
  /// - Parameter largest: the largest accepted size in bytes.
  /// - Throws: `OutputError`, with the code ENOENT if the file does not exist.
  package static func read(_ path: String, largest: Int = 1 << 32) throws(OutputError) -> Data {
    let (file, size) = try open(path)
    guard size <= largest else { throw .tooLarge(path: path, size: size) }
    var data = Data(count: size)
    let count = data.withUnsafeMutableBytes { bytes in
      Result { () throws(SystemError) in try file.read(into: bytes, at: 0) }
    }
    return data.prefix(try attempt("read", path, try count.get()))
  }

  /// Opens a file for reading. Follows links.
  static func open(_ path: String) throws(OutputError) -> (file: OpenFile, size: Int) {
    let file: OpenFile
    do {
      file = try OpenFile(path, O_RDONLY | O_NONBLOCK)
    } catch {
      throw missing(path, error)
    }
    let status = try attempt("read", path, try file.status())
    guard FileKind(status) == .file else { throw .notAFile(path: path, kind: FileKind(status)) }
    return (file, Int(status.st_size))
  }

  private static func missing(_ path: String, _ error: SystemError) -> OutputError {
    if error.code == ENOENT, let target = linkTarget(path) {
      return .deadLink(path: path, target: target)
    }
    // The error of opening a socket.
    if error.code == ENXIO { return .notAFile(path: path, kind: .socket) }
    return .system(action: "read", path: path, code: error.code)
  }
}
