import Foundation

/// Files of others that are read whole, unless they are too large.
enum BoundedFile {
  /// - Throws: `ImageCheck.Fault`.
  static func read(_ path: String, largest: Int) throws -> Data {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw ImageCheck.Fault(reason: "cannot be read: \(String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ImageCheck.Fault(reason: "is not a file")
    }
    guard status.st_size <= largest else {
      throw ImageCheck.Fault(reason: "has \(status.st_size) bytes, too many for an image")
    }
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw ImageCheck.Fault(reason: "cannot be read: \(error.localizedDescription)")
    }
  }
}
