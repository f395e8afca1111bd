import Foundation

/// The kind of a file.
package enum FileKind: Sendable, Equatable {
  case file
  case folder
  case link
  case pipe
  case socket
  case characterDevice
  case blockDevice

  package init(_ status: stat) {
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

  /// Returns `nil` if nothing exists at the path, or it cannot be examined. `errno` has the reason.
  package static func at(_ path: String, followingLinks: Bool = true) -> FileKind? {
    var status = stat()
    let found = followingLinks ? stat(path, &status) : lstat(path, &status)
    return found == 0 ? FileKind(status) : nil
  }

  /// The name with its article, for messages.
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

/// A value that changes when a file changes, or when its name refers to another file.
package struct FileIdentity: Codable, Equatable, Sendable {
  package let device: UInt64
  package let inode: UInt64
  private let byteCount: Int
  /// The times in nanoseconds since 1970 at which the contents and the inode changed.
  private let modified: Int
  private let changed: Int

  /// The time in seconds during which another change might leave the identity equal, because a file
  /// may change twice within one tick of the clock that stamps it.
  private static let settlingTime = 2.0

  package init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    byteCount = Int(status.st_size)
    modified = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    changed = status.st_ctim.tv_sec * 1_000_000_000 + status.st_ctim.tv_nsec
  }

  /// Returns `nil` if the file does not exist.
  package init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Whether the last change is old enough that another change will alter the identity.
  package var isStable: Bool {
    Double(changed) / 1e9 + Self.settlingTime <= Date().timeIntervalSince1970
  }
}

/// Returns the target of a symbolic link.
package func linkTarget(_ path: String) -> String? {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
    let count = readlink(path, buffer.baseAddress!, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
