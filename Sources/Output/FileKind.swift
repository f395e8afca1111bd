import Foundation

/// What lies at a path.
package enum FileKind: Sendable, Equatable {
  case file
  case folder
  case link
  case pipe
  case socket
  case characterDevice
  case blockDevice

  init(_ status: stat) {
    self =
      switch status.st_mode & S_IFMT {
      case S_IFDIR: .folder
      case S_IFLNK: .link
      case S_IFIFO: .pipe
      case S_IFSOCK: .socket
      case S_IFCHR: .characterDevice
      case S_IFBLK: .blockDevice
      default: .file
      }
  }

  /// Nil when nothing is there, or it cannot be looked at; `errno` tells which.
  package static func at(_ path: String, followingLinks: Bool = true) -> FileKind? {
    var status = stat()
    let found = followingLinks ? stat(path, &status) : lstat(path, &status)
    return found == 0 ? FileKind(status) : nil
  }

  /// With its article, for messages.
  package var name: String {
    switch self {
    case .file: "a file"
    case .folder: "a folder"
    case .link: "a link"
    case .pipe: "a named pipe"
    case .socket: "a socket"
    case .characterDevice, .blockDevice: "a device"
    }
  }
}

/// Where a symbolic link points to.
func linkTarget(_ path: String) -> String? {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
    let count = readlink(path, buffer.baseAddress!, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
